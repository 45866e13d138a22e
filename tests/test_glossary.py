"The glossary: each term is at home on its page, and the page shows the file of terms"
import csv, re
import pytest
from finetune_nb._modidx import d as index
from finetune_nb.training.learner import LearnerState
from notebooks import cells, nbs

page = nbs/'glossary.ipynb'
file, old_names = nbs/'glossary.csv', nbs/'renames.csv'
asked_for = '''early stopping, discriminative learning rates, gradual unfreezing, linear probe, LP-FT, label errors,
near duplicates, exact duplicates, conflicting duplicates, data leakage, class imbalance, logit adjustment,
text generation, causal language model, sequence packing, perplexity, confidence interval (bootstrap),
mixed precision, gradient accumulation, checkpoint, resume, weight interpolation (WiSE-FT), feature extraction,
frozen features, embeddings, calibration, temperature scaling, label smoothing, batch-norm statistics,
data augmentation, out-of-sample probabilities, leave-one-out, layer group, backbone, head, preprocessing,
model info, artefact, recipe, Stage, Settings, Run, item, Dataset'''


def read(path):
    with path.open(encoding='utf-8', newline='') as lines:
        return list(csv.DictReader(lines))


terms, renames = read(file), read(old_names)
names = [row['term'] for row in terms]


def prose(notebook):
    "Title, promise and text of a page, in small letters, with spaces for hyphens and line ends"
    text = ' '.join(c.source for c in cells(notebook) if c.kind == 'markdown')
    return re.sub(r'[\s-]+', ' ', text.lower())


def pattern(term):
    "A term as it may stand in a sentence: without what stands in brackets, in the singular or the plural"
    words = re.sub(r'\(.*?\)', '', term).lower().replace('-', ' ').split()
    words[-1] = re.sub(r's$', '', words[-1])
    return r'\b' + r' '.join(map(re.escape, words)) + r's?\b'


def shown(start):
    "The Markdown of the table on the page that starts so"
    outputs = [o for c in cells(page) for o in c.outputs]
    tables = [''.join(o['data'].get('text/markdown', '')) for o in outputs if 'data' in o]
    return next(t for t in tables if t.startswith(start))


def test_terms_are_unique_and_sorted():
    folded = [name.casefold() for name in names]
    assert folded == sorted(set(folded))


def test_the_terms_that_readers_look_for_are_there():
    assert set(re.split(r',\s+', asked_for)) <= set(names)


@pytest.mark.parametrize('row', terms, ids=lambda row: row['term'])
def test_row_is_whole(row):
    assert all(value.strip() == value != '' for value in row.values())
    assert row['meaning'].endswith('.') and '|' not in ''.join(row.values())
    assert len(row['meaning'].split()) <= 25
    ours = row['source'] == 'this package'
    assert ours or re.search(r'\d{4}|documentation', row['source']), 'author and year, or whose documentation'


@pytest.mark.parametrize('row', terms, ids=lambda row: row['term'])
def test_term_is_at_home_on_its_page(row):
    home = nbs/f"{row['page']}.ipynb"
    assert home.is_file()
    assert re.search(pattern(row['term']), prose(home)), f"{row['page']} does not say {row['term']!r}"


def test_page_shows_each_term():
    table = shown('| Term |')
    lines = [f"| [{row['term']}]({row['page']}.ipynb) | {row['meaning']} | {row['source']} |" for row in terms]
    assert table.splitlines()[2:] == lines, 'run glossary.ipynb again'


def test_page_shows_each_new_name():
    table = shown('| Before |')
    assert all(f"{r['before']}" in table and f"{r['now']}" in table for r in renames), 'run glossary.ipynb again'
    assert len(table.splitlines()) == len(renames) + 2


def test_new_names_exist_and_old_ones_do_not():
    known = {name.removeprefix(f'{module}.') for module, found in index['syms'].items() for name in found}
    modules = set(index['syms'])
    faults = []
    for row in renames:
        now = {'module': modules, 'public name': known}.get(row['kind'])
        if now is not None and (row['now'] not in now or row['before'] in now):
            faults.append(f"{row['before']} -> {row['now']}")
    attributes = {row['now'].removeprefix('learn.ft.') for row in renames if row['now'].startswith('learn.ft.')}
    assert attributes <= set(LearnerState.__dataclass_fields__)
    assert not faults, faults
