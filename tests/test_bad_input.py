"Bad input: a clear error that says what to do, or a repair that is announced; nothing is lost"
import io, os, shutil, subprocess, sys, tarfile, zipfile
from pathlib import Path
import numpy as np, pandas as pd, pytest
from PIL import Image
from safetensors.torch import load_file
import finetune_nb as ft
from finetune_nb.base.core import atomic_write
from pictures import picture

quick = dict(size=64, precision='float32', epochs=2, bs=8)


# Data

def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match='must hold items'): ft.from_folder(tmp_path)

def test_one_class(folder):
    shutil.rmtree(folder/'dark')
    with pytest.raises(ValueError, match='two labels'): ft.from_folder(folder)

def test_a_class_with_one_item_is_learned_and_said(folder):
    picture(folder/'rare'/'1.png', 99)
    data = ft.split(ft.from_folder(folder))
    assert list(data.frame.split[data.frame.label == 'rare']) == ['train']
    assert any("'rare' has 1 items" in o for o in data.notes)

def test_corrupt_files_are_set_aside_with_reasons(folder):
    for i in range(6):
        for k in ('dark', 'light'): (folder/k/f'{i}.png').write_bytes([b'', b'not a picture', (folder/k/'19.png').read_bytes()[:200]][i % 3])
    data = ft.from_folder(folder)
    assert len(data) == 28 and len(data.rejected) == 12
    assert set(data.rejected.reason[data.rejected.item.str.endswith(('0.png', '1.png'))]) == {'empty file', 'not an image'}

def test_labels_that_differ_by_space_are_joined_and_those_by_case_noted():
    table = pd.DataFrame({"text": list("abcd"), "label": ["Cat", "cat ", "cat", "dog"]})
    data = ft.from_table(table)
    assert data.labels == ["Cat", "cat", "dog"] and len(data.notes) == 2
    assert data.merge_labels().labels == ["cat", "dog"]

def test_names_of_all_kinds(tmp_path):
    for i in range(3):
        picture(tmp_path/'photos'/'grün und blau'/f'{i} ☃ é.png', i)
        picture(tmp_path/'photos'/('x' * 200)/f'{"y" * 200}{i}.png', i)
    data = ft.from_folder(tmp_path/'photos')
    assert len(data) == 6 and 'grün und blau' in data.labels

def test_files_of_all_kinds_are_opened_right(tmp_path):
    from finetune_nb.base.images import open_image
    red = Image.new('RGB', (8, 8), (255, 0, 0))
    red.convert('CMYK').save(tmp_path/'cmyk.tif')
    red.convert('P').save(tmp_path/'palette.gif', save_all=True, append_images=[Image.new('P', (8, 8))])
    red.convert('RGBA').save(tmp_path/'rgba.png')
    for path in tmp_path.iterdir(): assert open_image(path).getpixel((2, 2)) == (255, 0, 0), path.name
    Image.fromarray(np.full((8, 8), 200, np.uint16)).save(tmp_path/'dim.png')
    assert open_image(tmp_path/'dim.png').getpixel((2, 2)) == (1, 1, 1)

def test_one_pixel_is_no_picture(folder):
    Image.new('RGB', (1, 1)).save(folder/'dark'/'dot.png')
    data = ft.from_folder(folder)
    assert list(data.rejected.reason) == ['only 1 × 1 pixels']


# Archives

def test_zip_that_leaves_its_folder(tmp_path):
    with zipfile.ZipFile(tmp_path/'bad.zip', 'w') as archive: archive.writestr('../../outside.png', b'')
    with pytest.raises(ValueError, match='inside its folder'): ft.from_archive(tmp_path/'bad.zip')

@pytest.mark.parametrize('name, link', [('../outside.png', ''), ('link.png', '/etc/passwd')])
def test_tar_that_leaves_its_folder(tmp_path, name, link):
    with tarfile.open(tmp_path/'bad.tar', 'w') as archive:
        member = tarfile.TarInfo(name)
        if link: member.type, member.linkname = tarfile.SYMTYPE, link
        archive.addfile(member, io.BytesIO(b''))
    with pytest.raises(ValueError, match='inside its folder'): ft.from_archive(tmp_path/'bad.tar')

def test_archive_that_is_a_bomb(tmp_path):
    with zipfile.ZipFile(tmp_path/'bomb.zip', 'w', zipfile.ZIP_DEFLATED) as archive: archive.writestr('a/b.png', bytes(3_000_000))
    with pytest.raises(ValueError, match='Raise `max_gb`'): ft.from_archive(tmp_path/'bomb.zip', max_gb=0.001)


# Training

def test_more_in_a_batch_than_there_is(folder):
    with pytest.raises(ValueError, match='at most the 24 training items'): ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(size=64, bs=100))

@pytest.mark.parametrize('wrong, near', [(dict(model='resnet-18'), 'resnet18'), (dict(recipe='gradul'), 'gradual'), (dict(head='tim'), 'timm')])
def test_unknown_names_have_nearest_ones(folder, wrong, near):
    with pytest.raises(ValueError, match=near): ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**{**quick, **wrong}))

def test_folder_that_disappears_during_a_run(folder, tmp_path):
    from finetune_nb.training.train import Callback
    class Gone(Callback):
        def before_epoch(self): shutil.rmtree(folder)
    data = ft.split(ft.from_folder(folder))
    learn = ft.learner(data, settings=ft.Settings(**quick, cache_mb=0, runs=str(tmp_path/'runs')))
    with pytest.raises(ValueError, match='must stay readable'): ft.train(learn, cbs=[Gone()])
    run, = (tmp_path/'runs').iterdir()
    assert ft.Run(run).status == 'failed' and ft.Run(run).best['stage'] == 'head' and (run/'best.safetensors').exists()

def test_read_only_folder_of_runs(folder, tmp_path):
    learn = ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**quick, runs=str(tmp_path/'file')))
    (tmp_path/'file').write_text('not a folder')
    with pytest.raises(ValueError, match='must be writable'): ft.train(learn)

def test_full_disk_keeps_the_previous_state(tmp_path):
    "A real limit on file size, set in a process of its own: the write fails half way"
    code = """
import resource, signal, sys
from finetune_nb.base.core import atomic_write
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with atomic_write(sys.argv[1]) as temp: temp.write_bytes(bytes(5000))
except OSError: sys.exit(7)
"""
    path = tmp_path/'best.bin'
    with atomic_write(path) as temp: temp.write_bytes(b'old')
    assert subprocess.run([sys.executable, '-c', code, path]).returncode == 7
    assert path.read_bytes() == b'old' and os.listdir(tmp_path) == ['best.bin']

@pytest.mark.parametrize('phase, kept', [('head', ''), ('upper', 'head'), ('interpolate', 'upper'), ('predict', 'upper')])
def test_interrupt_in_each_phase_keeps_the_best(folder, tmp_path, phase, kept):
    from finetune_nb.training.train import Callback
    class Interrupt(Callback):
        "Raises where Ctrl-C would, when the phase looks at its first batch for test"
        def before_validate(self):
            stage = self.learn.ft.stage.name if not hasattr(self, 'gather_preds') else 'predict'
            if stage == phase: raise KeyboardInterrupt
    learn = ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**quick, lr=1e-3, runs=str(tmp_path/'runs')))
    learn.add_cb(Interrupt())
    plan = [ft.Stage('head', 1, 1, 1e-6), ft.Stage('upper', 3, 1, 1e-3), ft.Stage('interpolate', 0, 1, 1e-3, how='interpolate')]
    run = ft.train(learn, plan)
    assert run.status == 'interrupted' and run.best.get('stage', '') in (kept, 'head', 'interpolate' if phase == 'predict' else kept)
    assert bool(run.best) == bool(kept)
    if kept: assert all(v.equal(learn.model.state_dict()[k]) for k, v in load_file(run.folder/'best.safetensors').items())

def test_loss_that_is_no_number(folder, tmp_path):
    from finetune_nb.training.train import Callback
    class Break(Callback):
        order = 20
        def after_pred(self):
            if self.training and self.learn.ft.stage.name == 'upper': self.learn.pred = self.pred * float('nan')
    run = ft.train(ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(**quick, runs=str(tmp_path/'runs'))), cbs=[Break()])
    assert run.status == 'diverged' and 'Try a tenth of the learning rate' in run.verdict and run.best['stage'] == 'head'
    assert all(v.isfinite().all() for v in run.learn.model.state_dict().values() if v.is_floating_point())

def test_size_that_a_vit_does_not_take(folder):
    with pytest.raises(ValueError, match='Try 224 or 240'):
        ft.learner(ft.split(ft.from_folder(folder)), 'vit_tiny_patch16_224', ft.Settings(size=225, bs=8, precision='float32'), weights='none')

def test_archive_that_is_cut_short(folder, tmp_path):
    whole = Path(shutil.make_archive(str(tmp_path/'photos'), 'zip', folder)).read_bytes()
    (tmp_path/'cut.zip').write_bytes(whole[:len(whole) // 2])
    with pytest.raises(ValueError, match='zip or tar|Download it again'): ft.from_archive(tmp_path/'cut.zip')

def test_table_with_gaps(folder, tmp_path):
    rows = [dict(path=f'dark/{i}.png', label='dark') for i in range(5)] + [dict(path=f'light/{i}.png', label='light') for i in range(5)]
    rows += [dict(path=None, label='dark'), dict(path='dark/6.png', label=None), dict(path='dark/nowhere.png', label='dark')]
    pd.DataFrame(rows).to_csv(folder/'table.csv', index=False)
    data = ft.from_table(folder/'table.csv')
    assert len(data) == 10 and set(data.rejected.reason) == {'no item', 'no label', 'no such file'}

def test_splits_that_leak_are_named(folder):
    table = pd.DataFrame([dict(path=str(folder/'dark'/'1.png'), label='dark', split='train'), dict(path=str(folder/'dark'/'1.png'), label='dark', split='test'),
                          dict(path=str(folder/'light'/'1.png'), label='light', split='train'), dict(path=str(folder/'light'/'2.png'), label='light', split='valid')])
    assert any('data leakage' in o for o in ft.split(ft.from_table(table)).notes)


def test_a_table_larger_than_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    from types import SimpleNamespace
    path = tmp_path/'large.csv'
    path.write_text('text,label\n' + 'a line,a\nanother,b\n' * 50)
    assert len(ft.from_table(path)) == 100
    monkeypatch.setattr('psutil.virtual_memory', lambda: SimpleNamespace(available=1000))
    with pytest.raises(ValueError, match='must fit in memory'): ft.from_table(path)
