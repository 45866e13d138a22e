"Clicks reach a training that goes on, in a real kernel: the one that is installed, and one as old as Colab's"
import os, subprocess, sys, time
import pytest
from jupyter_client.manager import start_new_kernel
import finetune_nb as ft

made = """import ipykernel, finetune_nb as ft
data = ft.split(ft.from_folder({folder!r}), valid=0.25, test=0.)
learn = ft.learner(data, settings=ft.Settings(size=64, bs=4, precision='float32', epochs=5000, patience=5000, min_delta=0., runs={runs!r}))
panel = ft.TrainPanel(learn)
print(ipykernel.__version__, *(panel.buttons[k].model_id for k in ('train', 'rate', 'unfreeze', 'stop')))"""


@pytest.fixture(scope='module', params=['installed', '6.31.0'])
def version(request, tmp_path_factory):
    "A version of ipykernel, and the environment of a kernel that has it"
    if request.param == 'installed': return '', dict(os.environ)
    place = tmp_path_factory.mktemp('ipykernel')
    words = [sys.executable, '-m', 'pip', 'install', '-q', '--no-deps', '--target', place, f'ipykernel=={request.param}', 'nest_asyncio']
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return request.param, {**os.environ, 'PYTHONPATH': str(place)}


@pytest.fixture
def kernel(version):
    manager, client = start_new_kernel(startup_timeout=120, env=version[1])
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client, code, timeout=120):
    "What a cell prints"
    texts = []
    reply = client.execute_interactive(code, timeout=timeout, output_hook=lambda o: texts.append(o['content'].get('text', '')))
    assert reply['content']['status'] == 'ok', reply['content']
    return ''.join(texts)

def click(client, model_id):
    "As a browser does: a message to the widget, not a cell"
    content = dict(comm_id=model_id, data=dict(method='custom', content=dict(event='click')))
    client.shell_channel.send(client.session.msg('comm_msg', content))

def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, 'it did not happen in time'
        time.sleep(0.05)


def test_clicks_reach_a_training_that_goes_on(kernel, version, folder, tmp_path):
    here, train, rate, unfreeze, stop = printed(kernel, made.format(folder=str(folder), runs=str(tmp_path/'runs'))).split()[-5:]
    assert here == version[0] or not version[0]
    click(kernel, train)
    until(lambda: list(tmp_path.glob('runs/*/steps.csv')))
    run = ft.Run(next((tmp_path/'runs').iterdir()))
    for id, name in ((rate, 'rate'), (unfreeze, 'unfreeze')):
        click(kernel, id)
        until(lambda: name in list(run.commands.command))
    assert run.status == 'running' and run.commands.set_index('command').factor['rate'] == 0.3
    n = len(run.curve)
    assert printed(kernel, 'print(6 * 7)', timeout=20).strip() == '42', 'the kernel answers while the training goes on'
    until(lambda: len(run.curve) > n)
    click(kernel, stop)
    until(lambda: run.status == 'stopped')
    assert run.best and 'by command' in run.verdict
