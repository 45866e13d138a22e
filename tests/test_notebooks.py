"Every notebook runs from top to bottom in a real kernel and says again what it says on the page"
import math, re, shutil
import nbformat, pytest
from nbclient import NotebookClient
from notebooks import cells, name_of, nbs, pages, root


# A training rounds in other places where the processor has other instructions, and its third digit follows. Pages are written and
# compared with the instructions that x86 processors of the last ten years share (CONTRIBUTING.md says how to write one), and
# what is left, the library of matrix products, is why decimals may differ a little. Words and whole numbers may not.
same_arithmetic = dict(ATEN_CPU_CAPABILITY='avx2', ONEDNN_MAX_CPU_ISA='AVX2', OPENBLAS_CORETYPE='Haswell')
near = 0.05                                                 # of the larger of two decimals


@pytest.fixture(scope='session')
def project(tmp_path_factory):
    "A copy of the notebooks and of the files beside them: a run changes nothing in the project"
    copy = tmp_path_factory.mktemp('project')
    for path in root.iterdir():
        if path.is_file() and path.suffix in ('.toml', '.ini', '.md', '.cff', '.yml'): shutil.copy(path, copy)
    shutil.copytree(nbs, copy/'nbs', ignore=shutil.ignore_patterns('.*', '_*', 'runs'))
    return copy


def run(notebook, folder, left_out):
    "Run all cells but those left out, in a new kernel that stands in the folder of the notebook"
    for c, out in zip(notebook.cells, left_out):
        if out: c.cell_type = 'raw'
    NotebookClient(notebook, timeout=600, kernel_name='python3', resources=dict(metadata=dict(path=str(folder)))).execute()


def said(outputs):
    "What the outputs of a cell say in plain text; progress bars and addresses in memory are no part of it"
    outputs = [o for o in outputs if 'application/vnd.jupyter.widget-view+json' not in o.get('data', {})]
    parts = [''.join(o['text']) for o in outputs if o.get('name') == 'stdout']
    parts += [''.join(o['data']['text/plain']) for o in outputs if 'text/plain' in o.get('data', {})]
    return re.sub(r' at 0x[0-9a-f]+', '', '\n'.join(parts)).rstrip()


def same(before, after):
    "Do two texts have the same words and whole numbers, and nearly the same decimals? Spaces follow the width of columns"
    number = r'(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*\d)'
    words = [re.sub(r'[\s-]+', ' ', re.sub(number, '#', o)) for o in (before, after)]
    pairs = list(zip(*(re.findall(number, o) for o in (before, after))))
    decimals = [(float(a), float(b)) for a, b in pairs if '.' in a and '.' in b]
    whole = [(a, b) for a, b in pairs if not ('.' in a and '.' in b)]
    return words[0] == words[1] and all(a == b for a, b in whole) and all(math.isclose(a, b, rel_tol=near) for a, b in decimals)


def test_the_comparison_of_pages_can_fail():
    page = 'epoch 3: loss 1.431, rate 3.6e-05, kept lite0'
    assert same(page, 'epoch 3:  loss 1.44, rate 3.6e-05, kept lite0')
    for other in ('epoch 4: loss 1.431, rate 3.6e-05, kept lite0', 'epoch 3: loss 1.6, rate 3.6e-05, kept lite0',
                  'epoch 3: loss 1.431, rate 3.6e-04, kept lite0', 'epoch 3: loss 1.431, rate 3.6e-05, kept lite1',
                  'epoch 3: loss -1.431, rate 3.6e-05, kept lite0', 'epoch 3: loss 1.431, rate 3.6e-05', page + ' 7'):
        assert not same(page, other), other


@pytest.fixture(scope='session')
def models(tmp_path_factory):
    "Models that pages fetch or unpack: once for all of them"
    return tmp_path_factory.mktemp('models')


@pytest.mark.parametrize('page', pages, ids=name_of)
def test_notebook_says_it_again(page, project, models, tmp_path, monkeypatch):
    monkeypatch.setenv('FINETUNE_NB_CACHE', str(tmp_path/'cache'))      # what one page kept must not show on the next
    (tmp_path/'cache').mkdir()
    for k, v in same_arithmetic.items(): monkeypatch.setenv(k, v)
    (tmp_path/'cache'/'models').symlink_to(models)
    copy = project/page.relative_to(root)
    new, old = nbformat.read(copy, 4), cells(page)
    left_out = [c.never_runs or 'slow' in c.directives for c in old]
    run(new, copy.parent, left_out)
    for before, after, out in zip(old, new.cells, left_out):
        if before.kind != 'code' or out: continue
        if 'varies' in before.directives: assert bool(before.outputs) == bool(after.outputs), before.source
        else: assert same(said(before.outputs), said(after.outputs)), f'{before.source}\n--- page\n{said(before.outputs)}\n--- now\n{said(after.outputs)}'
