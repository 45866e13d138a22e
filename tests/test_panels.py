"Panels moved from Python: what is shown, what is refused, and that their code does the same"
import shutil, time
import pandas as pd
import pytest
import finetune_nb as ft
from test_faults import At
from finetune_nb.panels.train_panel import _train

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
    for k in ('label', 'split'):
        for _, value in panel.filters[k].options: panel.filters[k].value = value
    panel.filters['split'].value = ''
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
        assert second.run.folder == train.run.folder and second.reader.status == 'running'
        second.buttons['stop'].click()
        assert train.run.wait().status == 'stopped'
    finally: train.run.worker.process.kill()

def test_a_run_without_predictions_is_an_error_in_the_panel(folder, tmp_path):
    learn = learner(folder, tmp_path, epochs=500, patience=500)
    def broken(): raise RuntimeError('a cable came loose')
    with pytest.raises(RuntimeError): ft.train(learn, cbs=[At(3, broken)])
    run = ft.Run(runs(tmp_path)[0].parent)
    assert (run.folder/'logits.safetensors').exists(), 'those of the linear probe'
    panel = ft.ReportPanel(run)
    assert 'must have saved predictions' in panel.parts['fault'].value
    with pytest.raises(ValueError, match='must have saved predictions'): ft.compare([run, run])

def test_a_killed_training_is_shown_as_killed(folder, tmp_path):
    panel = ft.TrainPanel(learner(folder, tmp_path, epochs=500, patience=500), process=True)
    panel.buttons['train'].click()
    panel.run.worker.process.kill()
    end = time.monotonic() + 20
    while 'killed' not in panel.parts['head'].value: time.sleep(0.1); assert time.monotonic() < end
    assert panel.buttons['stop'].disabled and not panel.buttons['train'].disabled

def test_a_second_click_begins_where_the_first_began(folder, tmp_path):
    panel = ft.TrainPanel(learner(folder, tmp_path))
    tables = []
    for _ in range(2):
        panel.buttons['train'].click()
        tables.append(panel.run.wait().metrics[['train_loss', 'valid_loss']])
        panel.refresh()
        panel.reader.read()
    assert len(runs(tmp_path)) == 2 and tables[0].equals(tables[1])

def test_the_code_keeps_seed_and_split(folder, tmp_path):
    settings = ft.Settings(**quick, seed=7, valid=0.25, test=0.25, runs=str(tmp_path/'runs'))
    learn = ft.learner(ft.split(ft.from_folder(folder), 0.25, 0.25, 7), settings=settings)
    panel = ft.TrainPanel(learn)
    panel.knobs['recipe'].value = 'head'
    exec(panel.code(), there := {})
    assert there['data'].frame.equals(learn.dls.data.frame) and there['learn'].ft.settings.seed == 7
    panel.buttons['train'].click()
    assert there['run'].metrics.valid_loss.tolist() == panel.run.wait().metrics.valid_loss.tolist()

def test_a_file_of_settings_keeps_what_the_panel_does_not_choose(folder, tmp_path):
    path = ft.write_settings(ft.Settings(lr=0.01, epochs=20), tmp_path/'settings.ini')
    data = data_of(folder)
    for panel in (ft.DataPanel(data), ft.ModelPanel(data)): panel.save(path)
    found = ft.read_settings(path)
    assert (found.lr, found.epochs, found.data, found.model) == (0.01, 20, str(folder), 'tf_efficientnet_lite0')

def test_several_labels_are_filtered_one_by_one():
    table = pd.DataFrame(dict(text=['ab', 'ac', 'ad', 'ae'], label=[['x', 'y'], ['x'], ['y'], ['x', 'y']]))
    panel = ft.DataPanel(ft.from_table(table))
    panel.filters['label'].value = 'x'
    assert panel.shown[0] == 3

def test_a_studio_begins_with_the_decisions_of_its_settings(folder, tmp_path):
    first = ft.DataPanel(data_of(folder))
    first.decide(first.shown[1][0], 'drop')
    first.decide(first.shown[1][1], 'keep')
    first.path.value = str(tmp_path/'decided.csv')
    first.buttons['save'].click()
    studio = ft.Studio(folder, ft.Settings(**quick, decisions=str(tmp_path/'decided.csv')))
    assert len(studio.panel('Model').data) == 39 and studio.settings.decisions.endswith('decided.csv')
    lost = ft.Studio(folder, ft.Settings(**quick, decisions=str(tmp_path/'lost.csv')))
    assert 'lost.csv' in lost.fault and 'lost.csv' in lost._repr_mimebundle_()['text/html']

def test_what_no_panel_expects_is_said_in_place(folder, monkeypatch):
    panel = ft.ModelPanel(data_of(folder))
    def broken(*args, **kwargs): raise RuntimeError('CUDA error')
    monkeypatch.setattr('finetune_nb.panels.model_panel.shortlist', broken)
    panel.buttons['shortlist'].click()
    assert 'CUDA error' in panel.parts['fault'].value and not panel.buttons['shortlist'].disabled
