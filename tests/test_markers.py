"The markers of the tests: each has one kind, no table names a test that is gone, and no test is left out"
import tomllib
import pytest
import markers
from notebooks import name_of, pages, root

options = tomllib.loads((root/'pyproject.toml').read_text())['tool']['pytest']['ini_options']
kinds = {'unit', 'notebook', 'browser'}


@pytest.fixture
def tests(request):
    "Every test that was found, also those that the command line leaves out"
    return request.config.stash[markers.collected]


@pytest.fixture
def all_tests(tests):
    "As `tests`, when the whole suite was collected"
    files = {p.resolve() for p in (root/'tests').rglob('test_*.py')}
    if files - {item.path for item in tests}:
        pytest.skip('only a part of the tests was collected')
    return tests


def test_each_test_has_one_kind(tests):
    for item in tests:
        found = [o.name for o in item.iter_markers() if o.name in kinds]
        assert len(found) == 1, f'{item.nodeid}: {found}'


def test_markers_are_declared_and_strict():
    assert {o.split(':')[0] for o in options['markers']} == kinds | {'slow'}
    assert '--strict-markers' in options['addopts']


def test_the_plain_command_runs_everything():
    words = options['addopts'].split()
    assert options['testpaths'] == ['tests']
    assert not [o for o in words if o in ('-m', '-k') or o.startswith(('--ignore', '--deselect', '-m=', '-k='))]


def test_every_test_in_the_tables_exists(all_tests):
    names = {(item.path.stem, k) for item in all_tests for k in (item.name, item.originalname)}
    for table in (markers.slow_tests, markers.quick_tests):
        for file, tests in table.items():
            for name in tests: assert (file, name) in names, f'{file}: {name}'
    assert markers.slow_files <= {file for file, _ in names}
    assert markers.quick_pages <= {p.stem for p in pages}


def test_every_page_is_run_and_is_found_by_its_name(all_tests):
    found = {item.callspec.params['page']: item for item in all_tests
             if item.get_closest_marker('notebook') and hasattr(item, 'callspec')}
    assert set(found) == set(pages)
    for page, item in found.items(): assert f'[{name_of(page)}]' in item.name


def test_every_folder_of_tests_is_collected(all_tests):
    assert {k for item in all_tests for k in kinds if item.get_closest_marker(k)} == kinds
