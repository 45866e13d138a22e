"Runs that are killed, broken or robbed: what was kept is whole, and what goes on ends as if nothing had happened"
import json, os, shutil, subprocess, sys, time, weakref
from pathlib import Path
import pytest, torch
import finetune_nb as ft
from finetune_nb.training.train import Callback

quick = dict(size=64, bs=8, precision='float32', epochs=4, checkpoint_s=1, patience=9)

def learner(folder, tmp_path, **more):
    return ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**{**quick, **more}, runs=str(tmp_path/'runs')))

def only_run(tmp_path): return ft.Run(next((tmp_path/'runs').iterdir()))

class At(Callback):
    "Does something after a step of the run"
    order = 90
    def __init__(self, step, do): self.step, self.do = step, do
    def after_batch(self):
        if self.training and self.learn.ft.train_state.total == self.step: self.do()


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='needs fork, which Windows has not')
@pytest.mark.parametrize('kind, n', [('images', 13), ('texts', 11)])
def test_killed_anywhere_it_ends_as_if_left_alone(kind, n, tmp_path):
    script = Path(__file__).with_name('killed.py')
    done = subprocess.run([sys.executable, script, kind, tmp_path/'kills', str(n), '1'], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr[-2000:]
    ends = [json.loads(o) for o in done.stdout.splitlines()]
    assert len(ends) == n and sum(o['first'] == -9 for o in ends) >= n - 2, ends
    assert sum(bool(o['equal']) for o in ends) >= n - 2 and not [o for o in ends if o['equal'] is False], ends

def test_full_disk_while_a_checkpoint_is_written(folder, tmp_path, monkeypatch):
    from finetune_nb.training import checkpoints
    real = checkpoints.save_file
    def full(tensors, path, *args):
        real(tensors, path, *args)
        if Path(path).name.startswith('opt_'): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(checkpoints, 'save_file', full)
    monkeypatch.setattr(checkpoints.CheckpointCallback, 'wait', 0)
    learn = learner(folder, tmp_path)
    def slow(): time.sleep(1.1)
    run = ft.train(learn, cbs=[At(4, slow), At(5, lambda: (_ for _ in ()).throw(KeyboardInterrupt()))])
    assert run.status == 'interrupted' and any('No space left' in o.get('text', '') for o in run.events)
    monkeypatch.undo()
    assert ft.resume(run.folder).status == 'finished', 'the checkpoint from before is whole'

def test_folder_of_the_run_deleted_under_it(folder, tmp_path):
    learn = learner(folder, tmp_path)
    with pytest.raises(ValueError, match='must stay while it is trained'):
        ft.train(learn, cbs=[At(3, lambda: shutil.rmtree(tmp_path/'runs'))])
    assert all(v.isfinite().all() for v in learn.model.state_dict().values() if v.is_floating_point())

def test_error_in_a_callback_keeps_the_best_and_can_go_on(folder, tmp_path):
    def broken(): raise RuntimeError('a cable came loose')
    with pytest.raises(RuntimeError, match='a cable'): ft.train(learner(folder, tmp_path), cbs=[At(2, broken)])
    run = only_run(tmp_path)
    assert (run.status, run.best['stage']) == ('failed', 'head') and 'goes on with it' in run.verdict
    assert ft.resume(run).status == 'finished'

def test_out_of_memory_lets_go_of_it_and_goes_on_in_parts(folder, tmp_path):
    pinned = []
    def small(model, x):
        if not model.training or len(x[0]) <= 4: return
        activations = torch.ones(1000)
        pinned.append(weakref.ref(activations))
        raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
    learn = learner(folder, tmp_path)
    learn.model.register_forward_pre_hook(small)
    run = ft.train(learn)
    assert run.status == 'out of memory' and run.best['stage'] == 'head' and 'micro_batches=2' in run.verdict
    assert pinned and pinned[0]() is None, 'the error still holds what it had in memory'
    assert not any(p.grad is not None for p in learn.model.parameters())
    again = ft.resume(run, learn, micro_batches=2)
    assert again.status == 'finished' and again.settings.micro_batches == 2 and set(again.metrics.stage) >= {'head', 'upper'}

def test_items_that_changed_are_noticed(folder, tmp_path):
    def broken(): raise KeyboardInterrupt
    run = ft.train(learner(folder, tmp_path), cbs=[At(2, broken)])
    (folder/'dark'/'3.png').write_bytes((folder/'dark'/'3.png').read_bytes() + b'more')
    with pytest.raises(ValueError, match='must be those of the run'): ft.resume(run)

def test_second_process_on_one_run_is_refused(folder, tmp_path):
    run = ft.train(learner(folder, tmp_path, epochs=500, min_delta=0., patience=500), process=True)
    try:
        while len(run.curve) < 2: time.sleep(0.1); assert run.status == 'running', (run.folder/'process.log').read_text()
        with pytest.raises(ValueError, match='by one process at a time'): ft.resume(run.folder)
        with pytest.raises(ValueError, match='once at a time'): ft.train(run.learn)
        run.worker.process.kill()
        assert run.wait().status == 'killed' and 'goes on with it' in run.verdict
        gone_on = ft.resume(run.folder, cbs=[ft.Replay([(0, 'note', 'again')]), At(20, lambda: run.folder.joinpath('control.jsonl').write_text('{"command": "stop", "value": 0}\n'))])
        assert gone_on.status == 'stopped'
    finally: run.worker.process.kill()

def test_a_run_that_cannot_go_on_says_why(folder, tmp_path):
    run = ft.train(learner(folder, tmp_path, checkpoint_s=0), cbs=[At(2, lambda: (_ for _ in ()).throw(KeyboardInterrupt()))])
    with pytest.raises(ValueError, match='must have a checkpoint'): ft.resume(run)
    assert 'goes on' not in run.verdict
