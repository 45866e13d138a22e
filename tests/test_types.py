"Editors and type checkers see the public names and what each takes and gives"
import subprocess
import sys
import finetune_nb
from notebooks import root

program = """
import finetune_nb as ft
reveal_type(ft.learner)
data = ft.split(ft.from_folder('photos'), seed=1)
learn = ft.learner(data, 'resnet18')
run = ft.train(learn, 'fine_tune', epochs=2)
reveal_type(run)
ft.lerner
ft.learner(data, lr=1e-3)
ft.split(data, random_state=1)
"""


def check(folder, text):
    "What mypy says of a program, one line for each thing"
    path = folder/'program.py'
    path.write_text(text)
    words = [sys.executable, '-m', 'mypy', '--config-file', root/'pyproject.toml', '--cache-dir', folder/'cache', path]
    return subprocess.run(words, cwd=root, capture_output=True, text=True).stdout.splitlines()


def test_mypy_sees_names_and_parameters(tmp_path):
    said = check(tmp_path, program)
    notes = [o for o in said if 'Revealed type' in o]
    for part in ('data: finetune_nb.data.dataset.Dataset', 'model: str |', 'settings: finetune_nb.base.settings.Settings'):
        assert part in notes[0], notes
    assert 'finetune_nb.training.runs.Run' in notes[1]
    errors = [o for o in said if ' error: ' in o]
    assert len(errors) == 3, said
    assert 'maybe "learner"' in errors[0] and '"lr"' in errors[1] and '"random_state"' in errors[2], errors


def test_the_stub_is_what_the_package_has():
    assert (root/'finetune_nb/py.typed').is_file()
    for name in finetune_nb.__all__:
        assert getattr(finetune_nb, name).__module__.startswith('finetune_nb.'), name
