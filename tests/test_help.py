"What `help` says: every parameter of a public name with its meaning"
import inspect, pydoc, subprocess, sys
from dataclasses import fields
import pytest
from fastcore.docments import docments
import finetune_nb as ft
from finetune_nb._help import default_text, document, parameters, type_text

sections = ('Parameters\n', 'Attributes\n', 'Returns\n')


def help_of(obj):
    "What a terminal shows, on one line"
    return ' '.join(pydoc.plain(pydoc.render_doc(obj)).replace(' |  ', ' ').split())


def meanings(obj):
    "The comment beside each parameter and beside what is returned, read by fastcore"
    found = {k: v for k, v in docments(obj, args_kwargs=True).items() if k != 'self' and v}
    assert found
    return found


def public_methods(cls):
    "Each function that a user may call on an object of the class"
    return {k: v for k, v in vars(cls).items() if k[0] != '_' and inspect.isfunction(v)}


def assert_told(obj):
    text = help_of(obj)
    for name, meaning in meanings(obj).items():
        assert name == 'return' or f'{name} :' in text, name
        assert ' '.join(meaning.split()) in text, name


@pytest.mark.parametrize('name', ['train', 'learner', 'split', 'audit', 'features', 'Dataset', 'Run', 'Stage'])
def test_help_tells_each_parameter(name):
    assert_told(getattr(ft, name))


def test_help_tells_each_parameter_of_methods():
    for maker in (ft.sample, ft.train, ft.audit, ft.features, ft.metrics_table):
        cls = inspect.signature(maker).return_annotation
        methods = public_methods(cls) if cls.__module__.startswith('finetune_nb') else {}
        for method in methods.values():
            assert_told(method)


@pytest.mark.parametrize('name', ['Dataset.only', 'Dataset.show', 'Run.send', 'Run.report'])
def test_help_tells_each_parameter_of_this_method(name):
    owner, _, method = name.partition('.')
    assert_told(getattr(getattr(ft, owner), method))


def test_methods_of_later_notebooks_are_there_from_the_start():
    code = (
        "import finetune_nb as ft; run = ft.Run('none'); "
        "assert {'report', 'send', 'wait'} <= set(dir(ft.Run)) & set(dir(run)); print(ft.Run.report.__doc__)"
    )
    shown = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True).stdout
    assert 'Returns\n-------\nReport' in shown


def test_methods_of_a_result_are_told_before_its_class_was_named():
    code = "import finetune_nb as ft; ft.split; import finetune_nb.data.dataset as d; print(d.Dataset.only.__doc__)"
    shown = subprocess.run([sys.executable, '-c', code], check=True, capture_output=True, text=True).stdout
    assert 'Returns\n-------\nDataset' in shown


def test_settings_carry_their_meaning():
    text = help_of(ft.Settings)
    for f in fields(ft.Settings):
        assert ' '.join(f.metadata['meaning'].split()) in text


def test_each_public_parameter_has_a_meaning():
    faults = []
    for name in ft.__all__:
        obj = getattr(ft, name)
        if callable(obj):
            faults += [f'{name}: {row[0]}' for row in parameters(obj) if not row[3]]
    assert not faults, faults


def test_sections_come_once():
    before = ft.split.__doc__
    assert document(document(ft.split)).__doc__ == before
    assert all(before.count(s) <= 1 for s in sections)


def test_source_stays_as_it_is():
    source = inspect.getsource(ft.split)
    assert not any(s in source for s in sections)
    assert ft.split.__doc__.splitlines()[0] in source


def test_other_peoples_objects_stay_as_they_are():
    for obj in (len, dict, inspect.getdoc, 3, 'text', None):
        before = getattr(obj, '__doc__', None)
        assert document(obj) is obj and getattr(obj, '__doc__', None) == before


def test_types_and_defaults_read_as_written():
    assert type_text(inspect.signature(ft.learner).parameters['data'].annotation) == 'Dataset'
    assert type_text(str | list[int]) == 'str | list[int]'
    assert default_text('') == "''"
    assert default_text(ft.Settings()) == 'Settings()'
    assert default_text(ft.Settings(epochs=2)) == 'Settings(epochs=2)'


def test_import_reads_no_docments():
    code = "import sys, finetune_nb; assert not {'torch', 'fastcore', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, '-c', code], check=True)
