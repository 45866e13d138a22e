"Numbers of a run in MLflow and trackio, read back through their own libraries; the page of mirrors does it for TensorBoard"
import sqlite3
import pytest
import finetune_nb as ft

def trained(folder, tmp_path, mirror):
    settings = ft.Settings(size=64, bs=8, precision='float32', epochs=3, runs=str(tmp_path/'runs'))
    run = ft.train(ft.learner(ft.split(ft.from_folder(folder)), settings=settings), cbs=[mirror])
    assert run.status == 'finished' and not [o for o in run.events if o['event'] == 'note']
    return run

def test_mlflow(folder, tmp_path):
    mlflow = pytest.importorskip('mlflow', reason='needs MLflow: `pip install mlflow`')
    place = f'sqlite:///{tmp_path}/mlflow.db'
    run = trained(folder, tmp_path, ft.TrackerCallback('mlflow', place))
    client = mlflow.MlflowClient(place)
    found, = client.search_runs(['0'])
    steps = client.get_metric_history(found.info.run_id, 'train loss')
    assert (found.info.run_name, found.info.status, len(steps)) == (run.folder.name, 'FINISHED', len(run.curve))
    assert found.data.metrics['valid loss'] == pytest.approx(run.metrics.valid_loss.iloc[-1])

def test_trackio(folder, tmp_path, monkeypatch):
    monkeypatch.setenv('TRACKIO_DIR', str(tmp_path/'trackio'))
    pytest.importorskip('trackio', reason='needs trackio: `pip install trackio`')
    run = trained(folder, tmp_path, ft.TrackerCallback('trackio', 'shades'))
    with sqlite3.connect(tmp_path/'trackio'/'shades.db') as db: n, = db.execute('select count(*) from metrics').fetchone()
    assert n == len(run.curve) + len(run.metrics)
