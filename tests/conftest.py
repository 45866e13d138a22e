"Fixtures that several files of tests share, and the markers of each test"
import pytest
from markers import collected, is_slow, kind_of
from pictures import picture


@pytest.fixture
def folder(tmp_path):
    "Two labels that are easy to tell apart, twenty pictures each"
    for k, shade in (('dark', 0), ('light', 120)):
        for i in range(20): picture(tmp_path/'photos'/k/f'{i}.png', i, shade)
    return tmp_path/'photos'


def pytest_collection_modifyitems(config, items):
    for item in items:
        item.add_marker(kind_of(item))
        if is_slow(item): item.add_marker('slow')
    config.stash.setdefault(collected, []).extend(items)
