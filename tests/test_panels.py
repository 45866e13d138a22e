"Panels moved from Python: what is shown, what is refused, and that their code does the same"
import shutil
import pytest
import finetune_nb as ft
from finetune_nb.trainpanel import _train

quick = dict(size=64, bs=8, precision='float32', epochs=2)
html = '<img src=x onerror=alert(1)>'

def data_of(folder): return ft.split(ft.from_folder(folder), valid=0.25, test=0.25)
def learner(folder, tmp_path, **more): return ft.learner(data_of(folder), settings=ft.Settings(**{**quick, **more}, runs=str(tmp_path/'runs')))
def runs(tmp_path): return list(tmp_path.glob('runs/*/events.jsonl'))
def shown(panel): return ''.join(o.value for o in panel.parts.values()) + panel.snapshot().data


def test_a_label_that_is_a_page_is_shown_as_text(folder, tmp_path):
    shutil.move(folder/'dark', folder/html)
    learn = learner(folder, tmp_path)
    run = ft.train(learn, 'head')
    data = ft.DataPanel(learn.dls.data)
    data.audit('')
    report = ft.ReportPanel(run)
    report.look(html, html)
    for panel in (data, ft.ModelPanel(learn.dls.data), ft.GroupsPanel(learn), ft.TrainPanel(run), report):
        assert html not in shown(panel), type(panel).__name__
    assert html in data.filters['label'].options[1], 'a list of choices is text already'

def test_the_code_of_decisions_gives_the_same_data(folder):
    panel = ft.DataPanel(ft.split(ft.from_folder(folder)))
    items = list(panel.data.frame['item'])
    panel.decide(items[0], 'drop')
    panel.decide(items[1], 'relabel', 'light')
    panel.decide(items[2], 'drop')
    panel.undo()
    exec(panel.code(), there := {})
    assert there['data'].frame.equals(panel.result().frame) and len(panel.result()) == len(items) - 1

def test_filters_pages_and_undo_lose_nothing(folder):
    panel = ft.DataPanel(data_of(folder), n=7)
    field = panel.grid.children[3].children[1]
    field.value = ('drop', '')
    kept = dict(panel.decided)
    for k in ('label', 'part'):
        for _, value in panel.filters[k].options: panel.filters[k].value = value
    panel.filters['part'].value = ''
    for _ in range(9): panel.buttons['on'].click()
    assert panel.page == (len(panel.data) - 1) // 7 or panel.buttons['on'].disabled
    assert panel.decided == kept and len(kept) == 1
    panel.filters['label'].value = ''
    for _ in range(9): panel.buttons['back'].click()
    assert panel.grid.children[3].children[1].value == ('drop', ''), 'the field shows what was decided'
    panel.buttons['undo'].click()
    assert panel.decided == {} and panel.grid.children[3].children[1].value == ('keep', '')

def test_files_that_go_away_are_said_in_place(folder, tmp_path):
    panel = ft.TrainPanel(learner(folder, tmp_path))
    shutil.rmtree(folder/'dark')
    panel.buttons['train'].click()
    assert panel.fault and panel.parts['fault'].value and not panel.buttons['train'].disabled

def test_two_clicks_train_once(folder, tmp_path):
    panel = ft.TrainPanel(learner(folder, tmp_path, epochs=500, patience=500))
    panel.buttons['train'].click()
    try:
        assert panel.buttons['train'].disabled and panel.knobs['lr'].disabled
        first = panel.run
        _train(panel)                                       # a second click that came before the first was seen
        assert 'once at a time' in panel.fault and len(runs(tmp_path)) == 1
    finally:
        first.send('stop', 0)
        first.wait()

def test_commands_after_the_end_are_said_in_place(folder, tmp_path):
    panel = ft.TrainPanel(ft.train(learner(folder, tmp_path), 'head'))
    for k in ('pause', 'stop', 'rate', 'unfreeze'): assert panel.buttons[k].disabled
    panel.buttons['rate'].click()
    assert 'must be running' in panel.parts['fault'].value

@pytest.mark.parametrize('panel', [ft.TrainPanel, ft.ReportPanel])
def test_a_folder_that_is_no_run(panel, tmp_path):
    with pytest.raises(ValueError, match='must be the folder of a run'): panel(tmp_path)

def test_values_out_of_range(folder, tmp_path):
    panel = ft.TrainPanel(learner(folder, tmp_path))
    panel.knobs['epochs'].value = 0
    assert panel.knobs['epochs'].value == 1, 'a bounded field keeps to its bounds'
    panel.knobs['lr'].value = float('nan')
    assert 'lr must be' in panel.parts['fault'].value
    panel.buttons['train'].click()
    assert 'lr must be' in panel.parts['fault'].value and not runs(tmp_path)

def test_a_page_without_widgets_shows_how_it_stood(folder):
    bundle = ft.DataPanel(data_of(folder))._repr_mimebundle_()
    assert {'text/html', 'application/vnd.jupyter.widget-view+json'} <= set(bundle) and 'ft-tile' in bundle['text/html']

def test_every_knob_says_why(folder, tmp_path):
    learn = learner(folder, tmp_path)
    for panel in (ft.TrainPanel(learn), ft.GroupsPanel(learn)):
        for k, o in panel.knobs.items(): assert len(o.tooltip) > 20, k
    for panel in (ft.TrainPanel(learn), ft.DataPanel(learn.dls.data), ft.ModelPanel(learn.dls.data)):
        for k, o in panel.buttons.items(): assert o.tooltip, k

def test_a_studio_finds_the_training_that_goes_on(folder, tmp_path):
    settings = ft.Settings(**{**quick, 'epochs': 500, 'patience': 500}, runs=str(tmp_path/'runs'))
    first = ft.Studio(folder, settings)
    train = first.panel('Train')
    train.buttons['train'].click()
    try:
        assert not train.fault and train.run.worker.process.pid
        second = ft.Studio(folder, settings).panel('Train')
        assert second.run.folder == train.run.folder and second.watch.status == 'running'
        second.buttons['stop'].click()
        assert train.run.wait().status == 'stopped'
    finally: train.run.worker.process.kill()
