"Fixtures that several files of tests share"
import pytest
from pictures import picture


@pytest.fixture
def folder(tmp_path):
    "Two labels that are easy to tell apart, twenty pictures each"
    for k, shade in (('dark', 0), ('light', 120)):
        for i in range(20): picture(tmp_path/'photos'/k/f'{i}.png', i, shade)
    return tmp_path/'photos'
