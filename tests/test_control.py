"A training that goes on in another process, steered from a terminal, from Python and by whoever writes into its file"
import time
import pytest
import finetune_nb as ft
from test_commands import call

quick = dict(size=64, bs=8, precision='float32', epochs=500, patience=500, label_smoothing=0.)

def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, 'it never came'
        time.sleep(0.02)

@pytest.fixture
def run(folder, tmp_path):
    learn = ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**quick, runs=str(tmp_path/'runs')))
    run = ft.train(learn, process=True)
    until(lambda: len(run.curve) > 2 or run.worker.process.poll() is not None)
    assert run.status == 'running', (run.folder/'process.log').read_text()
    yield run
    run.worker.process.kill()

def told(run): return list(run.commands.command)


def test_pause_rate_unfreeze_go_on_stop(run, tmp_path):
    assert call('control', run.folder, 'pause', cwd=tmp_path).returncode == 0
    until(lambda: run.status == 'paused')
    steps = run.events[-1]['step']
    call('control', run.folder, 'rate', 0.3, cwd=tmp_path)
    run.send('unfreeze')
    until(lambda: told(run) == ['pause', 'rate', 'unfreeze'])
    assert max(run.commands.step) == steps, 'nothing was learned meanwhile'
    run.send('resume')
    until(lambda: run.status == 'running')
    with open(run.folder/'control.jsonl', 'a') as file: file.write('{"command": "fly"}\nnot JSON\n')
    run.send('validate'); run.send('snapshot'); run.send('note', 'looks <b>good</b>')
    until(lambda: 'note' in told(run))
    refused = [o['reason'] for o in run.events if o['event'] == 'refused']
    assert len(refused) == 2 and 'must be JSON' in refused[1]
    row = run.commands.set_index('command')
    assert row.factor['rate'] == 0.3 and row.group['unfreeze'] and row.valid_loss['validate'] >= 0
    assert (run.folder/row.file['snapshot']).is_file()
    run.send('stop')
    assert run.wait().status == 'stopped' and run.best and 'was stopped by command' in run.verdict
    lr = run.curve.lr
    assert lr.iloc[-1] < 0.2 * lr.iloc[-4], 'the rate fell first'
    with pytest.raises(ValueError, match='must be running'): run.send('pause')
    assert 'must be running' in call('control', run.folder, 'pause', cwd=tmp_path).stderr
    assert "'pause'" in call('control', run.folder, 'paus', cwd=tmp_path).stderr

def test_what_was_told_is_repeated_to_the_last_digit(folder, tmp_path):
    settings = ft.Settings(**{**quick, 'epochs': 3}, runs=str(tmp_path/'runs'))
    data = ft.split(ft.from_folder(folder))
    edits = [(1, 'rate', 0.5), (2, 'refreeze', None), (4, 'epochs', 2), (5, 'validate', None), (7, 'unfreeze', None), (9, 'stop', 0.5)]
    first = ft.train(ft.learner(data, settings=settings), cbs=[ft.Replay(edits)])
    assert list(first.commands.command) == [o[1] for o in edits] and first.status == 'stopped'
    exec(first.to_code(), there := {})
    again, columns = there['again'], ['train_loss', 'valid_loss', 'accuracy', 'lr']
    assert again.metrics[columns].equals(first.metrics[columns]) and again.curve.equals(first.curve)
    plain = ft.train(ft.learner(data, settings=settings))
    assert not plain.metrics[columns].equals(first.metrics[columns])

def test_a_look_in_between_changes_nothing(folder, tmp_path):
    settings = ft.Settings(**{**quick, 'epochs': 3}, runs=str(tmp_path/'runs'))
    data = ft.split(ft.from_folder(folder))
    looked, plain = (ft.train(ft.learner(data, settings=settings), cbs=cbs) for cbs in ([ft.Replay([(2, 'validate', None), (4, 'snapshot', None)])], []))
    assert looked.metrics.drop(columns='seconds').equals(plain.metrics.drop(columns='seconds'))

def test_resume_from_a_terminal(folder, tmp_path):
    run = ft.train(ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**{**quick, 'epochs': 4}, runs=str(tmp_path/'runs'))),
                   cbs=[ft.Replay([(3, 'stop', 0)])])
    assert (run.status, len(run.curve)) == ('stopped', 3)
    done = call('resume', run.folder, cwd=tmp_path)
    assert done.returncode == 0 and run.status == 'finished' and (run.folder/'model'/'artefact.json').is_file(), done.stderr
    assert 'nothing left to train' in call('resume', run.folder, cwd=tmp_path).stderr
    assert 'folder of a run' in call('resume', tmp_path, cwd=tmp_path).stderr
