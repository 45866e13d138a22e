"Kept features: equal to the live model for every family, never the wrong ones, and safe whatever happens to the process or the disk"
import subprocess, sys, time
from dataclasses import replace
from pathlib import Path
import numpy as np, pytest, torch
import finetune_nb as ft
from finetune_nb.analysis.label_checks import vendi_score
from finetune_nb.data.image_batches import CachedImages, ImagePreprocessing, augment_batch
from finetune_nb.model.heads import select_C
from finetune_nb.analysis import feature_extraction
from pictures import picture

sizes = {'resnet18': 64, 'resnext50_32x4d': 64, 'convnext_atto': 64, 'vit_tiny_patch16_224': 224, 'deit_tiny_patch16_224': 224,
         'swin_tiny_patch4_window7_224': 224, 'efficientnet_b0': 64, 'mobilenetv3_small_050': 64, 'regnety_002': 64, 'densenet121': 64,
         'vgg11_bn': 64, 'mixer_s16_224': 224}
small = ImagePreprocessing(32, (0.5,) * 3, (0.5,) * 3, 'bicubic', 1., 'squish')


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv('FINETUNE_NB_CACHE', str(tmp_path/'store'))
    return tmp_path/'store'/'features'


def pictures(path, n):
    for i in range(n): picture(path/('ab'[i % 2])/f'{i}.png', i)
    return ft.from_folder(path)


@pytest.mark.parametrize('name', sizes)
def test_logits_of_kept_features_are_those_of_the_live_model(name, tmp_path):
    data, frame = pictures(tmp_path/'photos', 6), replace(small, size=sizes[name])
    model = ft.backbone(name, weights='none', img_size=frame.size).eval()
    torch.nn.init.normal_(model.get_classifier().weight)        # some begin with zeros
    kept = model.get_classifier()(torch.tensor(np.array(ft.features(data, model, frame).x)))
    live = model(frame.normalise(augment_batch(CachedImages(data.frame.item, frame)[np.arange(6)], frame.size)))
    assert ((kept - live).norm() / live.norm()).item() < 1e-5
    assert torch.equal(kept.argmax(1), live.argmax(1))


def test_a_renamed_file_is_known_and_an_edited_one_is_not(tmp_path):
    data = pictures(tmp_path/'photos', 8)
    first = ft.features(data, preprocessing=small)
    Path(data.frame.item[0]).rename(tmp_path/'photos'/'a'/'new.png')
    assert ft.features(ft.from_folder(tmp_path/'photos'), preprocessing=small).cost['reused'] == 8
    picture(Path(data.frame.item[1]), 99)
    again = ft.features(ft.from_folder(tmp_path/'photos'), preprocessing=small)
    assert (again.cost['computed'], again.cost['reused']) == (1, 7)
    assert not np.allclose(again.x[again.items.index(data.frame.item[1])], first.x[1])


def test_one_changed_byte_is_noticed_and_the_rows_are_computed_again(tmp_path, store):
    data = pictures(tmp_path/'photos', 8)
    first, path = ft.features(data, preprocessing=small), next(store.glob('*/*.safetensors'))
    content = bytearray(path.read_bytes()); content[-3] ^= 1
    path.write_bytes(content)
    again = ft.features(data, preprocessing=small)
    assert again.cost['computed'] == 8 and 'damaged' in again.notes[0]
    np.testing.assert_allclose(again.x, first.x, rtol=1e-5)


script = '''
import sys, finetune_nb as ft, numpy as np
from finetune_nb.data.image_batches import ImagePreprocessing
small = ImagePreprocessing(32, (0.5,) * 3, (0.5,) * 3, 'bicubic', 1., 'squish')
{before}
known = ft.features(ft.from_folder(sys.argv[1]), preprocessing=small)
np.save(sys.argv[2], known.x)
print(known.cost['computed'], *known.notes)
'''


def start(photos, out, before=''):
    command = [sys.executable, '-c', script.format(before=before), str(photos), str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_two_processes_at_once_and_a_third_that_reads(tmp_path):
    pictures(tmp_path/'photos', 40)
    both = [start(tmp_path/'photos', tmp_path/f'{i}.npy') for i in range(2)]
    assert [o.wait(120) for o in both] == [0, 0], both[0].stderr.read()[-500:]
    third = start(tmp_path/'photos', tmp_path/'2.npy')
    assert third.communicate(timeout=120)[0].split() == ['0']
    a, b, c = (np.load(tmp_path/f'{i}.npy') for i in range(3))
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(a, c, rtol=1e-4, atol=1e-6)


def test_a_killed_process_goes_on_where_it_stopped(tmp_path, store):
    data = pictures(tmp_path/'photos', 700)
    process, limit = start(tmp_path/'photos', tmp_path/'x.npy'), time.time() + 120
    while not list(store.glob('*/*.safetensors')) and time.time() < limit and process.poll() is None: time.sleep(0.02)
    process.kill(); process.wait()
    stored = list(store.glob('*/*.safetensors'))
    assert stored and not (tmp_path/'x.npy').exists(), 'it was killed in the middle'
    rest = ft.features(data, preprocessing=small)
    assert 0 < rest.cost['computed'] < 700 and rest.cost['reused'] >= 256
    np.testing.assert_allclose(rest.x[:20], ft.features(replace(data, frame=data.frame[:20]), preprocessing=small, disk_mb=0).x, rtol=1e-4)


def test_a_full_disk_costs_the_memory_and_not_the_features(tmp_path, store):
    pytest.importorskip('resource', reason='limits of file sizes are a matter of Unix')
    pictures(tmp_path/'photos', 40)
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); sys.argv[2] = '/dev/null'"
    out, err = start(tmp_path/'photos', tmp_path/'x.npy', full.replace("sys.argv[2] = '/dev/null'", 'np.save = lambda *a: None')).communicate(timeout=120)
    assert out.startswith('40 features could not be cached'), err[-500:]
    assert not list(store.glob('*/*.safetensors')) and not list(store.glob('*/.*'))


def test_features_computed_before_an_interrupt_are_kept(tmp_path, monkeypatch):
    data, forward, calls = pictures(tmp_path/'photos', 80), feature_extraction.forward_features, []
    def interrupted(*args):
        calls.append(1)
        if len(calls) == 3: raise KeyboardInterrupt             # the first call finds the width
        return forward(*args)
    monkeypatch.setattr(feature_extraction, 'forward_features', interrupted)
    with pytest.raises(KeyboardInterrupt): ft.features(data, preprocessing=small)
    monkeypatch.setattr(feature_extraction, 'forward_features', forward)
    assert ft.features(data, preprocessing=small).cost['reused'] == 32


def test_constant_features_break_nothing(tmp_path):
    data, model = ft.split(pictures(tmp_path/'photos', 40)), ft.backbone('resnet18', weights='none')
    for p in model.parameters(): torch.nn.init.zeros_(p)
    known = ft.features(data, model, small)
    assert np.ptp(known.x) == 0
    y = np.arange(40) % 2
    assert select_C(known.x, y) > 0 and vendi_score(known.x + 1) == pytest.approx(1)
    assert len(set(ft.near_duplicates(known.x))) == 40 and len(ft.audit(data, known).issues) < 10


def test_features_do_not_change_the_learner(folder):
    learn = ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(size=64, precision='float32', bs=8))
    before, torch_state = {k: v.clone() for k, v in learn.model.state_dict().items()}, torch.get_rng_state()
    known = ft.features(learn.dls.data, learn, views=2)
    assert known.x.shape == (40, 2, 1280) and not np.allclose(known.x[:, 0], known.x[:, 1])
    assert all(torch.equal(v, before[k]) for k, v in learn.model.state_dict().items())
    assert torch.equal(torch_state, torch.get_rng_state())


def test_the_store_says_what_it_holds_and_can_be_cleared(tmp_path, store):
    data = pictures(tmp_path/'photos', 4)
    ft.features(data, preprocessing=small); ft.features(data, 'tf_efficientnet_lite0', replace(small, size=48))
    assert sorted(ft.feature_cache()['size']) == [32, 48]
    assert ft.clear_features('resnet18') == 0 and len(ft.feature_cache()) == 2
    ft.clear_features()
    assert not len(ft.feature_cache()) and not list(store.iterdir())


def test_a_training_on_kept_plain_views_is_one_that_computes_all_anew(folder, tmp_path):
    data = ft.split(ft.from_folder(folder))
    same = dict(size=64, precision='float32', layout='channels_last', bs=8, augment='none', runs=str(tmp_path/'runs'))
    stages = [ft.Stage('upper', 3, 2, 1e-3)]
    anew, kept = (ft.train(ft.learner(data, settings=ft.Settings(n_cached_views=k, **same)), stages) for k in (0, 1))
    assert not [o for o in kept.events if o['event'] == 'note']
    np.testing.assert_allclose(kept.metrics.valid_loss, anew.metrics.valid_loss, rtol=1e-3)


def test_a_head_that_wraps_the_body_is_refused_in_words(folder):
    learn = ft.learner(ft.split(ft.from_folder(folder)), settings=ft.Settings(size=64, precision='float32', bs=8, head='fastai'))
    with pytest.raises(ValueError, match="head 'fastai'"): ft.features(learn.dls.data, learn)
