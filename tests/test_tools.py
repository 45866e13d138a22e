"The tools of the project: a picture of the imports, and a notebook for a new room"
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
import pytest
from notebooks import module_of, root, rooms

sys.path.insert(0, str(root/'tools'))
import architecture
import new_room


# The picture of the packages

def package(folder, **modules):
    "A folder of packages: `model_heads='from ..base.core import x'` makes model/heads.py"
    for name, code in modules.items():
        home, _, module = name.partition('_')
        (folder/home).mkdir(exist_ok=True)
        (folder/home/f'{module}.py').write_text(code)
    return folder


def test_picture_of_packages_is_up_to_date():
    shown = architecture.picture.read_text(encoding='utf-8')
    assert shown == architecture.draw(root/'finetune_nb'), 'run: python tools/architecture.py'


def test_no_import_points_upward():
    assert list(architecture.wrong_imports(architecture.read_imports(root/'finetune_nb'))) == []


def test_picture_names_every_module_and_counts_every_import():
    tree = xml.parse(architecture.picture)
    texts = [''.join(o.itertext()) for o in tree.iter('{http://www.w3.org/2000/svg}text')]
    for path in rooms:
        package, module = module_of(path).split('.')
        assert package in texts
        assert any(re.fullmatch(rf'(\d\d[a-z]? )?{module}', o) for o in texts), module
    counts = architecture.count_imports(architecture.read_imports(root/'finetune_nb'))
    assert sorted(int(o) for o in texts if o.isdigit()) == sorted(counts.values())


@pytest.mark.parametrize('code', [
    'from finetune_nb.base.core import seed', 'from ..base.core import seed', 'from ..base import core',
    'import finetune_nb.base.core', 'def f():\n    from finetune_nb.base import core'])
def test_imports_are_found_in_every_form(code, tmp_path):
    imports = architecture.read_imports(package(tmp_path, base_core='', data_dataset=code))
    assert imports['data.dataset'] == {'base.core'}


def test_an_import_of_a_neighbour_is_found(tmp_path):
    imports = architecture.read_imports(package(tmp_path, data_dataset='', data_split='from .dataset import x'))
    assert imports == {'data.dataset': set(), 'data.split': {'data.dataset'}}


@pytest.mark.parametrize('code, why', [
    ('from ..panels.theme import css', 'panels stands above model'),
    ('from ..data.dataset import Dataset', 'model and data do not know each other')])
def test_wrong_imports_are_refused(code, why, tmp_path):
    source = package(tmp_path, panels_theme='', data_dataset='', model_heads=code)
    faults = list(architecture.wrong_imports(architecture.read_imports(source)))
    assert len(faults) == 1 and faults[0].startswith('model.heads imports') and why in faults[0]


def test_a_stale_picture_fails_the_check(copy):
    run(copy, 'tools/architecture.py', '--check')
    picture = copy/'nbs/images/architecture.svg'
    before = picture.read_bytes()
    picture.write_bytes(before.replace(b'panels', b'papers'))
    stale = run(copy, 'tools/architecture.py', '--check', fails=True)
    assert 'python tools/architecture.py' in stale.stderr
    run(copy, 'tools/architecture.py')
    assert picture.read_bytes() == before


# A new room

@pytest.fixture(scope='module')
def copy(tmp_path_factory):
    "A copy of the project, without the outputs of other tools"
    folder = tmp_path_factory.mktemp('project')
    shutil.copy(root/'pyproject.toml', folder)
    for name in ('nbs', 'finetune_nb', 'tests', 'tools'):
        ignored = shutil.ignore_patterns('.*', '_proc', '_docs', 'runs', '__pycache__')
        shutil.copytree(root/name, folder/name, ignore=ignored)
    return folder


def run(folder, *words, fails=False):
    "A command of Python in a copy of the project"
    own = {**os.environ, 'PYTHONPATH': str(folder)}
    done = subprocess.run([sys.executable, *words], cwd=folder, env=own, capture_output=True, text=True)
    assert bool(done.returncode) == fails, done.stdout + done.stderr
    return done


taken = {p.stem.partition('_')[0] for p in rooms}
free = next(str(i) for i in range(39, 29, -1) if str(i) not in taken)      # in the decade of analysis


@pytest.fixture(scope='module')
def new(copy):
    "The path of a room that the tool wrote in the copy"
    run(copy, 'tools/new_room.py', free, 'quux', 'Quux', 'What nobody asked for')
    return copy/'nbs'/f'{free}_quux.ipynb'


def test_a_new_room_passes_the_tests_of_form_and_runs(copy, new):
    export = 'import nbdev.clean, nbdev.doclinks as d; nbdev.clean.nbdev_clean.__wrapped__(); d.nbdev_export.__wrapped__()'
    before = new.read_bytes()
    run(copy, '-c', export)
    assert new.read_bytes() == before, 'nbdev-clean has nothing to do'
    assert (copy/'finetune_nb/analysis/quux.py').exists()
    done = run(copy, '-m', 'pytest', '-q', '-k', new.stem, '-p', 'no:cacheprovider',
               'tests/test_form.py', 'tests/test_notebooks.py')
    passed = int(re.search(r'(\d+) passed', done.stdout)[1])
    assert passed >= 20 and 'skipped' not in done.stdout


def test_an_existing_room_is_not_overwritten(copy, new):
    before = new.read_bytes()
    refused = run(copy, 'tools/new_room.py', free, 'quux', 'Title', 'Promise', fails=True)
    assert 'already' in refused.stderr and 'Traceback' not in refused.stderr
    assert new.read_bytes() == before


@pytest.mark.parametrize('number, name, why', [
    (rooms[0].stem[:2], 'quux', f'belongs to {rooms[0].stem}'), ('97', 'quux', 'decade 9x'),
    ('3', 'quux', 'two digits'), (free, 'model', 'name of a package'), (free, 'json', 'would hide'),
    (free, 'torch', 'would hide'), (free, 'My-Room', 'small letters'), (free, 'split', 'already')])
def test_a_room_that_cannot_be_is_refused(number, name, why):
    with pytest.raises(ValueError, match=why):
        new_room.checked(number, name)


@pytest.mark.parametrize('title, promise', [('', 'Promise'), ('Title', ''), ('Two\nlines', 'Promise')])
def test_a_room_has_a_title_and_a_promise(title, promise):
    with pytest.raises(ValueError, match='one line of text'):
        new_room.new_room(free, 'quux', title, promise)
