"The commands as a shell runs them: what they print, write and return"
import os, signal, subprocess, sys, time
from pathlib import Path
import pandas as pd
import pytest
import finetune_nb as ft

command = str(Path(sys.executable).parent/'finetune-nb')
quick = '--size 64 --precision float32 --bs 8'.split()

def call(*words, cwd):
    return subprocess.run([command, *map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=300)

def refused(*words, cwd):
    done = call(*words, cwd=cwd)
    assert done.returncode == 2 and 'Traceback' not in done.stderr, done.stderr
    return done.stderr


def test_help_names_every_setting(tmp_path):
    done = call('train', '--help', cwd=tmp_path)
    assert done.returncode == 0
    for name in ft.explain_settings().index: assert '--' + name.replace('_', '-') in done.stdout

def test_doctor_and_models(tmp_path):
    assert 'torch' in call('doctor', cwd=tmp_path).stdout
    assert 'resnet18' in call('models', 'resnet18*', cwd=tmp_path).stdout

def test_train_report_predict(folder, tmp_path):
    (tmp_path/'settings.ini').write_text('[recipe]\nepochs = 3\nlr = 0.0005\n')
    done = call('train', '--data', folder, '--epochs', 2, *quick, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run, = (ft.Run(o) for o in (tmp_path/'runs').iterdir())
    assert (run.settings.epochs, run.settings.lr) == (2, 0.0005), 'flags win over the file, the file over the defaults'
    assert run.settings.precision == 'float32' and run.settings.layout == 'channels_last'
    assert 'test accuracy' in call('report', run.folder, cwd=tmp_path).stdout
    answer = call('predict', run.folder/'model', folder/'light'/'1.png', cwd=tmp_path)
    assert answer.returncode == 0 and 'light' in answer.stdout
    code = "import sys; from finetune_nb import load; load(sys.argv[1]).predict(sys.argv[2]); assert 'fastai' not in sys.modules"
    subprocess.run([sys.executable, '-W', 'ignore', '-c', code, run.folder/'model', folder/'light'/'1.png'], check=True)
    assert call('predict', run.folder/'model', 'not_there.png', cwd=tmp_path).returncode == 1

def test_columns_of_a_table_by_flags(tmp_path):
    frame = ft.sample('packages').frame
    rows = frame[frame.label.isin(['games', 'fonts'])].groupby('label').head(30)
    halves = rows['item'].str.split(n=1, expand=True).fillna('')
    pd.DataFrame(dict(first=halves[0], rest=halves[1], shelf=rows.label, maker=rows.group)).to_csv(tmp_path/'goods.csv', index=False)
    words = ['--data', 'goods.csv', '--text', 'first,rest', '--label', 'shelf', '--group', 'maker', '--recipe', 'head']
    done = call('train', *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run, = (ft.Run(o) for o in (tmp_path/'runs').iterdir())
    assert run.settings.text == 'first,rest' and ft.load(run.folder/'model').labels == ['fonts', 'games']
    answer = refused('train', *words[:2], '--text', 'frist', '--label', 'shelf', cwd=tmp_path)
    assert "Did you mean 'first'" in answer
    assert 'must be a table to have group' in refused('train', '--group', 'maker', cwd=tmp_path)

def test_the_same_settings_file_gives_the_same_numbers(folder, tmp_path):
    assert call('train', '--data', folder, '--epochs', 2, *quick, cwd=tmp_path).returncode == 0
    first, = (ft.Run(o) for o in (tmp_path/'runs').iterdir())
    assert call('train', '--settings', first.folder/'settings.ini', cwd=tmp_path).returncode == 0
    again = ft.Run(max((tmp_path/'runs').iterdir(), key=lambda o: len(o.name)))
    assert again.metrics.drop(columns='seconds').equals(first.metrics.drop(columns='seconds'))

@pytest.mark.parametrize('words, answer', [
    (['train', '--data', 'nowhere'], 'path of a folder'), (['train', '--epochs', '0'], 'between 1'), (['train', '--lrr', '1'], 'unrecognized'),
    (['train', '--data', 'packages', '--model', 'resnet18'], 'one for texts'), (['train', '--model', 'resnet-18'], 'resnet18'), (['predict', 'nowhere', 'x.png'], 'artefact.json'),
    (['report', 'nowhere'], 'folder of a run'), ([], 'COMMAND')])
def test_wrong_use_is_answered(words, answer, tmp_path):
    assert answer in refused(*words, cwd=tmp_path)

def test_settings_of_another_tool(tmp_path):
    (tmp_path/'settings.ini').write_text('[DEFAULT]\nlib_name = other\n')
    assert "Another tool's file" in refused('quickstart', cwd=tmp_path)

@pytest.mark.skipif(os.name == 'nt', reason='signals of a terminal')
def test_ctrl_c_keeps_the_best(folder, tmp_path):
    words = [command, 'train', '--data', str(folder), '--epochs', '500', '--patience', '500', *quick]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if 'epoch 1 of upper' in line: process.send_signal(signal.SIGINT); break
        rest, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and 'Traceback' not in errors, errors
    run, = (ft.Run(o) for o in (tmp_path/'runs').iterdir())
    assert run.status == 'interrupted' and run.best and (run.folder/'report.html').is_file() and ft.load(run.folder/'model').labels == ['dark', 'light']

@pytest.mark.skipif(os.name == 'nt', reason='signals of a terminal')
def test_ctrl_c_before_there_is_anything(tmp_path):
    with subprocess.Popen([command, 'quickstart'], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 130 and 'Traceback' not in errors, errors
