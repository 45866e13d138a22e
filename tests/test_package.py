"The package around the notebooks: light to import, complete, and true to its papers"
import importlib, re, subprocess, sys
from importlib.metadata import distribution, requires, version
import pytest
import finetune_nb
from notebooks import module_of, public_names, root, rooms

big = {'torch', 'torchvision', 'fastai', 'timm', 'transformers', 'numpy', 'pandas', 'matplotlib', 'sklearn', 'PIL', 'IPython'}
light_rooms = 'base.core base.settings base.images data.dataset data.split data.samples'.split()


def modules_after(code):
    "The top-level modules that a fresh Python holds after running `code`"
    code += '\nimport sys; print(*{k.split(".")[0] for k in sys.modules})'
    return set(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True).stdout.split())


# Import

def test_import_is_lazy():
    assert not modules_after('import finetune_nb; dir(finetune_nb)') & big

@pytest.mark.parametrize('module', light_rooms)
def test_data_rooms_need_no_torch(module):
    assert not modules_after(f'import finetune_nb.{module}') & {'torch', 'fastai', 'timm'}

def test_an_artefact_loads_without_fastai():
    assert 'fastai' not in modules_after('from finetune_nb import load; import finetune_nb.deploy.artefact')

def test_every_public_name_is_found():
    for name in finetune_nb.__all__:
        assert callable(getattr(finetune_nb, name)), name
        assert name in dir(finetune_nb)

def test_the_index_knows_every_room():
    assert set(finetune_nb.__all__) == {k for p in rooms for k in public_names(p)}
    for path in rooms: assert importlib.import_module(f'finetune_nb.{module_of(path)}').__doc__, f'{path.name} needs its exported text'

def test_unknown_name_is_refused():
    with pytest.raises(AttributeError, match='dir'): finetune_nb.lerner


def test_settings_file_is_what_the_package_writes(tmp_path):
    fresh = finetune_nb.write_settings(finetune_nb.Settings(), tmp_path/'settings.ini')
    assert (root/'settings.ini').read_text() == fresh.read_text(), "make it again with `write_settings(Settings())`"

def test_ruff_finds_no_error():
    check = subprocess.run([sys.executable, '-m', 'ruff', 'check', 'finetune_nb', 'tests', 'tools', 'bench'], cwd=root, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout


def test_a_run_has_its_methods_wherever_it_comes_from():
    code = "from finetune_nb.training.runs import Run; run = Run('here'); assert all(callable(o.__func__) for o in (run.report, run.send, run.wait, run.to_code))"
    subprocess.run([sys.executable, '-c', code], check=True, capture_output=True)
    with pytest.raises(AttributeError, match='no attribute'): finetune_nb.Run('here').raport

@pytest.mark.parametrize('name, near', dict(lerner='learner', from_df='from_table', list_models='models').items())
def test_unknown_name_gives_the_nearest(name, near):
    with pytest.raises(AttributeError, match=f'mean {near}'): getattr(finetune_nb, name)


# Papers

def test_versions_agree():
    assert re.fullmatch(r'\d+\.\d+\.\d+', finetune_nb.__version__)
    assert finetune_nb.__version__ == version('finetune-nb')
    assert f'version: {finetune_nb.__version__}\n' in (root/'CITATION.cff').read_text()

def test_command_is_installed():
    [command] = [o for o in distribution('finetune-nb').entry_points if o.group == 'console_scripts']
    assert command.name == 'finetune-nb' and callable(command.load())

def test_dependencies_have_lower_bounds_only():
    for o in requires('finetune-nb'):
        if not o.startswith('finetune-nb['): assert re.fullmatch(r'[\w.-]+>=[\d.]+(; .+)?', o), o

def test_readme_is_made_from_index():
    check = subprocess.run([sys.executable, root/'tools/readme.py', '--check'], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr

def test_readme_gives_two_commands():
    text = (root/'README.md').read_text()
    for command in ('pip install . && finetune-nb quickstart', 'pip install -e ".[dev]" && python -m pytest'):
        assert f'\n{command}\n' in text, command

def test_changelog_keeps_its_form():
    lines = (root/'CHANGELOG.md').read_text().splitlines()
    headings = [line for line in lines if line.startswith('## ')]
    assert lines[0] == '# Changelog' and headings[0] == '## [Unreleased]'
    for line in headings[1:]: assert re.fullmatch(r'## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d', line), line
    for line in lines:
        if line.startswith('### '): assert line[4:] in 'Added Changed Deprecated Removed Fixed Security'.split(), line

def test_data_travels_with_the_package():
    for name in ('clipart.zip', 'packages.csv'): assert (root/'finetune_nb/assets'/name).stat().st_size > 100_000
