"The panel for training as a person uses it: clicks in a real browser, a run that obeys"
import re
import pytest
import finetune_nb as ft
from conftest import shoot

expect = pytest.importorskip('playwright.sync_api', reason='needs playwright: `pip install playwright`').expect

made = """import finetune_nb as ft
whole = ft.sample('clipart')
from dataclasses import replace
data = ft.split(replace(whole, frame=whole.frame[::5]))
learn = ft.learner(data, settings=ft.Settings(size=64, precision='float32', bs=16, epochs=900, patience=900, runs='RUNS'))"""


def panel_of(page): return page.locator('.ft-panel').last
def button(page, name): return panel_of(page).get_by_role('button', name=name, exact=True)
def state(page, word, timeout=90_000): expect(panel_of(page).get_by_role('status')).to_contain_text(word, timeout=timeout)

def step(page):
    "The number in the card of steps"
    return int(panel_of(page).locator('.ft-card', has_text=re.compile('^step')).locator('b').inner_text())

def until_more(page, n, timeout=60_000):
    page.wait_for_function("n => { const p = [...document.querySelectorAll('.ft-panel')].at(-1); "
                           "const c = [...p.querySelectorAll('.ft-card')].find(o => o.textContent.startsWith('step')); "
                           "return c && +c.querySelector('b').textContent > n }", arg=n, timeout=timeout)

def only_run(lab, name): return ft.Run(next((lab['root']/name).iterdir()))


def test_train_pause_slow_down_unfreeze_stop(notebook, lab):
    page = notebook(made.replace('RUNS', 'steered'), 'panel = ft.TrainPanel(learn)\npanel')
    state(page, 'ready')
    shoot(page, 'ready')
    button(page, 'Train').click()
    state(page, 'running')
    until_more(page, 5)
    expect(panel_of(page).locator('svg polyline').first).to_be_visible()
    assert button(page, 'Train').is_disabled()
    button(page, 'Pause').click()
    state(page, 'paused')
    run = only_run(lab, 'steered')
    stood = len(run.curve)
    button(page, 'Rate ×').click()
    button(page, 'Unfreeze next').click()
    expect(panel_of(page)).to_contain_text('unfreeze step')
    assert max(run.commands.step) == [o for o in run.events if o.get('command') == 'pause'][0]['step']
    before = step(page)
    button(page, 'Resume').click()
    state(page, 'running')
    until_more(page, before)
    shoot(page, 'running')
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    page.set_viewport_size(dict(width=1000, height=1500))
    shoot(page, 'running-dark-1000')
    page.evaluate("jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")
    button(page, 'Stop, keep best').click()
    state(page, 'stopped')
    expect(panel_of(page)).to_contain_text('was stopped by command; kept epoch')
    shoot(page, 'stopped')
    row = run.commands.set_index('command')
    assert row.factor['rate'] == 0.3 and row.step['rate'] >= stood - 1 and run.status == 'stopped'
    rates = run.curve.lr
    assert rates.loc[row.step['rate'] + 1] < 0.5 * rates.loc[row.step['rate']]
    button(page, 'Resume').click()                           # from its checkpoint, in the same folder
    state(page, 'running')
    button(page, 'Stop, keep best').click()
    state(page, 'stopped')
    assert [o['event'] for o in run.events if o['event'] in ('start', 'resume', 'end')] == ['start', 'end', 'resume', 'end']

def test_a_closed_page_finds_its_run_again(notebook, lab):
    first = notebook(made.replace('RUNS', 'apart'), 'panel = ft.TrainPanel(learn, process=True)\npanel')
    state(first, 'ready')
    button(first, 'Train').click()
    state(first, 'running')
    until_more(first, 2)
    first.evaluate("jupyterapp.commands.execute('kernelmenu:shutdown')")
    first.close()
    folder = only_run(lab, 'apart').folder
    second = notebook(f'import finetune_nb as ft\npanel = ft.TrainPanel({str(folder)!r})\npanel')
    state(second, 'running')
    until_more(second, step(second))
    button(second, 'Stop, keep best').click()
    state(second, 'stopped')
    expect(panel_of(second)).to_contain_text('kept epoch')
