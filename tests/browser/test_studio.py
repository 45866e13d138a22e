"The studio as a person uses it who opens no notebook: one command, a page in the browser, and all steps on it"
import os, re, shutil, signal, sys, urllib.request
from pathlib import Path
import pytest
import finetune_nb as ft
from conftest import free_port, served, shoot

expect = pytest.importorskip('playwright.sync_api', reason='needs playwright: `pip install playwright`').expect


@pytest.fixture(scope='module')
def studio(tmp_path_factory):
    "Address and folder of `finetune-nb studio` on a small folder of pictures"
    here = tmp_path_factory.mktemp('studio')
    for o in ft.sample('clipart').frame.iloc[::5].itertuples():
        (here/'pictures'/o.label).mkdir(parents=True, exist_ok=True)
        shutil.copy(o.item, here/'pictures'/o.label)
    port, log = free_port(), here/'studio.log'
    words = [Path(sys.executable).parent/'finetune-nb', 'studio', 'pictures', '--port', str(port), '--size', '64', '--bs', '16',
             '--epochs', '900', '--patience', '900', '--precision', 'float32']
    own = {'JUPYTER_RUNTIME_DIR': here/'runtime', 'JUPYTER_DATA_DIR': here/'data', 'IPYTHONDIR': here/'ipython', 'JUPYTER_CONFIG_DIR': here/'config'}
    process = served(words, f'http://127.0.0.1:{port}/voila/static/voila.js', log, cwd=here, env={**os.environ, **{k: str(v) for k, v in own.items()}})
    yield dict(url=re.search(r'http://\S+token=\S+', log.read_text())[0], here=here)
    process.send_signal(signal.SIGINT)
    process.wait(30)


def panel(page, title): return page.locator('.ft-panel .ft-panel', has=page.locator('.ft-title', has_text=title))
def open_tab(page, name): page.get_by_role('tab', name=name).click()
def model_info(page, title, name): return panel(page, title).locator('.ft-card', has_text=re.compile(f'^{name}')).locator('b')


def opened(context, studio):
    "A new page of the studio, ready"
    page = context.new_page()
    page.goto(studio['url'])
    expect(panel(page, 'Data').get_by_role('status')).to_contain_text('ready', timeout=120_000)
    return page


def test_nobody_without_the_token(studio):
    answer = urllib.request.urlopen(studio['url'].partition('?')[0])
    assert '/login' in answer.url and b'ft-panel' not in answer.read()
    wrong = urllib.request.urlopen(studio['url'][:-1])
    assert '/login' in wrong.url

def test_from_a_folder_to_a_report(studio, browser):
    context = browser.new_context(viewport=dict(width=1200, height=1600))
    page = opened(context, studio)
    field = panel(page, 'Data').locator('select').last
    field.select_option('drop')
    expect(model_info(page, 'Data', 'decisions')).to_have_text('1')
    panel(page, 'Data').get_by_role('button', name='Undo').click()
    expect(model_info(page, 'Data', 'decisions')).to_have_text('0')
    shoot(page, 'studio-data')
    open_tab(page, 'Model')
    expect(panel(page, 'Model')).to_contain_text('tf_efficientnet_lite0')
    shoot(page, 'studio-model')
    open_tab(page, 'Groups')
    expect(panel(page, 'Layer groups')).to_contain_text('trainable groups', timeout=30_000)
    shoot(page, 'studio-groups')
    open_tab(page, 'Report')
    expect(page.get_by_role('alert').first).to_contain_text('Train first')
    open_tab(page, 'Train')
    panel(page, 'Fine-tune').get_by_role('button', name='Train', exact=True).click()
    expect(panel(page, 'Fine-tune').get_by_role('status')).to_contain_text('running', timeout=60_000)
    expect(model_info(page, 'Fine-tune', 'step')).to_have_text(re.compile(r'^[1-9]\d*$'), timeout=60_000)
    page.close()                                            # the training has a process of its own
    page = opened(context, studio)
    open_tab(page, 'Train')
    expect(panel(page, 'Fine-tune').get_by_role('status')).to_contain_text('running', timeout=60_000)
    shoot(page, 'studio-train')
    panel(page, 'Fine-tune').get_by_role('button', name='Stop, keep best').click()
    expect(panel(page, 'Fine-tune').get_by_role('status')).to_contain_text('stopped', timeout=60_000)
    run = ft.Run(next((studio['here']/'runs').iterdir()))
    assert run.status == 'stopped' and run.settings.size == 64
    open_tab(page, 'Report')
    expect(panel(page, 'Report on the valid split')).to_contain_text('accuracy', timeout=30_000)
    panel(page, 'Report').locator('button', has_text=re.compile(r'^\d+$')).first.click()
    expect(panel(page, 'Report')).to_contain_text(re.compile('predicted as|classified correctly'))
    shoot(page, 'studio-report')
