"The rules of form refuse what they should: one small bad notebook for each rule"
import json
import pytest
import test_form

head = [('markdown', '# Title\n\n> Promise'), ('code', '#| default_exp data.bad'), ('markdown', '#| export\nWhy it is here.')]
good = '''#| exports
def double(
    x:float, # Any number
) -> float: # Twice as much
    "Twice a number"
    return 2 * x'''
error = dict(output_type='error', ename='KeyError', evalue='', traceback=[])

def printed(text, name='stdout'): return dict(output_type='stream', name=name, text=text)
def public(signature, body='"Twice a number"', then='double(1)'): return [('code', f'#| exports\ndef double{signature}:\n    {body}'), ('code', then)]

bad = {
    'opens_with_title_and_promise': [('markdown', '# Title')],
    'headings_stand_alone': [*head, ('markdown', '## Idea\nand its text')],
    'is_not_too_long': head * 21,
    'every_cell_has_its_text': [*head, ('code', '')],
    'no_star_imports': [*head, ('code', 'from math import *')],
    'half_of_the_lessons_show_something': [*head, ('code', 'x = 1')],
    'outputs_hold_no_error': [*head, ('code', 'x', error)],
    'outputs_are_for_readers': [*head, ('code', 'x', printed('a warning', 'stderr'))],
    'outputs_name_no_machine': [*head, ('code', 'x', printed('read /tmp/a.png'))],
    'holds_no_state_of_widgets': head,
    'only_rooms_export': [*head, ('code', good)],
    'opens_as_a_module': [*head[:2], ('code', good)],
    'module_is_named_as_its_notebook': [head[0], ('code', '#| default_exp data.worse'), head[2]],
    'has_few_public_names': [*head, *[('code', f'#| exports\nx{i} = {i}') for i in range(11)]],
    'cells_of_public_names_hold_nothing_else': [*head, ('code', '#| exports\ndef _double(x): return 2 * x')],
    'shared_names_say_what_they_give': [*head, ('code', '#| export\ndef double(x): return 2 * x')],
    'no_private_name_crosses_rooms': [*head, ('code', '#| export\nfrom finetune_nb.base.core import _double')],
    'exported_cells_fit_one_screen': [*head, ('code', '#| export\n' + 'x = 1\n' * 30)],
    'example_stands_within_three_cells': [*head, ('code', good), head[0], head[0], head[0], ('code', 'double(1)')],
    'lessons_stay_short': [*head, ('code', 'x = 1\n' * 16)],
    'nothing_is_printed_or_pickled': [*head, *public('()', 'print(1)')],
    'imports_stand_at_the_top': [*head, *public('()', 'import json')],
    'imports_point_down': [*head, ('code', '#| export\nfrom finetune_nb.data.nowhere import x')],
    'public_code_is_documented': [*head, *public('(x)')],
}
documented = ['(x:float) -> float', '(\n    x:float, # Any\n)', '(\n    x:float, # Any\n) -> float', '(\n    x:float,\n) -> float: # Twice',
              '(' + ''.join(f'\n    {k}:int, # Any' for k in 'abcdefg') + '\n) -> int: # Any']

def write(folder, cells, **metadata):
    path = folder/'15_bad.ipynb'
    made = [dict(cell_type=kind, source=source, outputs=list(outputs)) for kind, source, *outputs in cells]
    path.write_text(json.dumps(dict(cells=made, metadata=metadata)))
    return path

@pytest.mark.parametrize('rule', bad)
def test_rule_refuses(rule, tmp_path):
    metadata = dict(widgets={}) if rule == 'holds_no_state_of_widgets' else {}
    with pytest.raises(AssertionError): getattr(test_form, f'test_{rule}')(write(tmp_path, bad[rule], **metadata))

@pytest.mark.parametrize('signature', documented)
def test_incomplete_signature_is_refused(signature, tmp_path):
    with pytest.raises(AssertionError): test_form.test_public_code_is_documented(write(tmp_path, [*head, *public(signature)]))

@pytest.mark.parametrize('rule', sorted(set(bad) - {'only_rooms_export'}))
def test_rule_lets_good_pages_pass(rule, tmp_path):
    page = [*head, ('markdown', '## Idea'), ('code', good), ('code', 'double(1)', printed('2.0'))]
    getattr(test_form, f'test_{rule}')(write(tmp_path, page))

def test_every_rule_has_a_bad_page():
    rules = {k[5:] for k, f in vars(test_form).items() if k.startswith('test_') and set(f.__code__.co_varnames[:f.__code__.co_argcount]) & {'page', 'room'}}
    assert rules == set(bad)
