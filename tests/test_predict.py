"What a model is asked: what people have in hand is predicted, everything else is refused; and nothing is read late"
import io, os, shutil, subprocess, threading, time
from dataclasses import replace
from pathlib import Path
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image
import finetune_nb as ft
from finetune_nb.base.images import open_image


def few(data, step):
    return ft.split(replace(data, frame=data.frame[::step].reset_index(drop=True)))


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    "A run and an artefact of an image model"
    where = tmp_path_factory.mktemp('images')
    settings = ft.Settings(size=64, recipe='head', precision='float32', runs=str(where/'runs'))
    run = ft.train(ft.learner(few(ft.sample('clipart'), 5), settings=settings))
    return run, ft.save(run, where/'model')


@pytest.fixture(scope='module')
def texts(tmp_path_factory):
    "A run and an artefact of a text model"
    where = tmp_path_factory.mktemp('texts')
    settings = ft.Settings(recipe='head', max_length=32, precision='float32', runs=str(where/'runs'))
    run = ft.train(ft.learner(few(ft.sample('packages'), 40), settings=settings))
    return run, ft.save(run, where/'model')


def test_one_image_in_all_forms(images, tmp_path):
    run, folder = images
    model = ft.load(folder)
    path = tmp_path/'a.png'
    open_image(run.data.frame['item'][0]).save(path)
    expected = model.predict_proba(path).to_numpy()
    image = Image.open(path)
    forms = [str(path), [path], path.read_bytes(), io.BytesIO(path.read_bytes()), open(path, 'rb'), image, [image],
             np.asarray(image), np.stack([np.asarray(image)]), pd.Series([path]), (o for o in [path]), tmp_path, tmp_path/'*.png']
    for form in forms:
        np.testing.assert_allclose(model.predict_proba(form).to_numpy(), expected, atol=1e-6, err_msg=str(type(form)))
    both = model.predict_proba([image, image, path]).to_numpy()
    np.testing.assert_allclose(both, np.repeat(expected, 3, 0), atol=1e-6)


def test_what_is_no_image_has_its_reason(images, tmp_path):
    model = ft.load(images[1])
    (tmp_path/'broken.png').write_bytes(b'no image')
    given = ['gone.png', tmp_path/'broken.png', None, float('nan'), pd.NA, 'https://example.org/a.png', 7, ('a', 'b'), np.zeros((3, 8, 8)), b'abc']
    table = model.predict(given)
    assert (table.prediction == '').all() and table.probability.isna().all()
    assert list(table.reason) == ['no such file', 'not an image', 'no item', 'no item', 'no item', 'an address; download the image first',
                                  'int is not an image', 'tuple is not an image', 'an array must be (h, w) or (h, w, 3), got (3, 8, 8)', 'not an image']


def test_a_column_keeps_its_index(images, texts):
    items = images[0].data.frame['item'][[7, 3, 5]]
    assert list(ft.load(images[1]).predict(items).index) == [7, 3, 5]
    assert list(ft.load(texts[1]).predict(pd.Series(['a', 'b'], index=['x', 'y'])).index) == ['x', 'y']


@pytest.mark.parametrize('given', [pd.DataFrame(dict(text=['fine'], label=['pos'])), dict(text=['fine']), 'tensor', object()])
@pytest.mark.parametrize('kind', ['images', 'texts'])
def test_tables_and_strange_objects_are_refused(given, kind, request):
    import torch
    model = ft.load(request.getfixturevalue(kind)[1])
    with pytest.raises(ValueError, match='items must be'):
        model.predict(torch.zeros(3, 8, 8) if isinstance(given, str) else given)


def test_texts_as_in_training(texts):
    model = ft.load(texts[1])
    table = model.predict(['fine', None, float('nan'), pd.NA, b'bytes', Path('a.txt'), '  ', ('a', 'b'), 'bad \ud83d', 7])
    assert list(table.reason) == ['', 'no item', 'no item', 'no item', 'bytes is not a text', 'PosixPath is not a text', 'empty', '', '', '']
    probs = model.predict_proba([('a premise', 'a claim'), 'a premise\na claim', 'bad \ud83d', 'bad ?']).to_numpy()
    np.testing.assert_allclose(probs[[0, 2]], probs[[1, 3]], atol=1e-6)


def test_a_table_on_the_command_line_is_a_table(texts, images, tmp_path):
    def command(*words):
        return subprocess.run(['finetune-nb', 'predict', *map(str, words)], capture_output=True, text=True)
    table = pd.DataFrame(dict(text=['a chess engine', 'reads mail'], label=['x', 'y']))
    table.to_csv(tmp_path/'new.csv', index=False)
    shown = command(texts[1], tmp_path/'new.csv')
    assert shown.returncode == 0 and len(shown.stdout.splitlines()) == 3, shown.stdout + shown.stderr
    refused = command(texts[1], tmp_path/'new.csv', '--column', 'body')
    assert refused.returncode == 2 and 'body' in refused.stderr
    open_image(images[0].data.frame['item'][0]).save(tmp_path/'a.png')
    pd.DataFrame(dict(path=['a.png'])).to_csv(tmp_path/'pictures.csv', index=False)
    assert command(images[1], tmp_path/'pictures.csv').returncode == 0


# Nothing is read late, or by a path that may have changed

def test_a_loaded_model_needs_its_folder_no_more(images, texts, tmp_path, monkeypatch):
    for _, folder in (images, texts):
        copy = tmp_path/folder.parent.name
        shutil.copytree(folder, copy)
        monkeypatch.chdir(tmp_path)
        model = ft.load(copy.name)
        item = images[0].data.frame['item'][0] if folder == images[1] else 'a chess engine'
        monkeypatch.chdir('/')
        shutil.rmtree(copy)
        assert model.predict(item).reason.iloc[0] == ''


def test_another_tokenizer_at_the_same_place_is_read(texts, tmp_path):
    from finetune_nb.base.core import load_tokenizer
    copy = tmp_path/'model'
    shutil.copytree(texts[1], copy)
    before = len(load_tokenizer(str(copy)))
    text = (copy/'tokenizer.json').read_text()
    (copy/'tokenizer.json').write_text(text.replace('"chess"', '"chesz"', 1))
    assert len(load_tokenizer(str(copy))) == before
    assert 'chesz' in load_tokenizer(str(copy)).get_vocab()


def interrupted(folder, monkeypatch):
    "A run on images with relative paths that was stopped"
    for i in range(24):
        path = folder/'pics'/('red', 'blue')[i % 2]/f'{i}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (40, 40), (200, i, 0) if i % 2 else (0, i, 200)).save(path)
    monkeypatch.chdir(folder)
    settings = ft.Settings(size=32, bs=4, epochs=4, recipe='full', checkpoint_s=1, precision='float32', patience=9)
    learn = ft.learner(ft.split(ft.from_folder('pics')), settings=settings)
    run = ft.train(learn, background=True)
    while run.curve.empty:
        time.sleep(0.05)
    run.send('stop', 0)
    return run.wait()


def test_resume_from_another_folder_and_after_the_data_moved(tmp_path, monkeypatch):
    run = interrupted(tmp_path, monkeypatch)
    folder = run.folder.absolute()
    (tmp_path/'elsewhere').mkdir()
    monkeypatch.chdir(tmp_path/'elsewhere')
    assert ft.Run(folder).data.frame['item'].map(os.path.exists).all()
    (tmp_path/'pics').rename(tmp_path/'moved')
    with pytest.raises(ValueError, match='24 of 24 are not.*--root FOLDER'):
        ft.resume(folder)
    with pytest.raises(ValueError, match='has 0'):
        ft.Run(folder).move_data(tmp_path/'elsewhere')
    again = ft.resume(ft.Run(folder).move_data(tmp_path/'moved'))
    assert again.status in ('finished', 'stopped') and len(again.metrics)


@pytest.mark.parametrize('edit, refused', [
    ('lr = 0.0007', 'lr was 0.0007 and is 1e-05'), ('epochs = 4', 'epochs was 4 and is 20'), ('checkpoint_s = 1', ''),
])
def test_edits_of_the_settings_of_a_stopped_run(edit, refused, tmp_path, monkeypatch):
    run = interrupted(tmp_path, monkeypatch)
    key = edit.split(' = ')[0]
    file = run.folder/'settings.ini'
    value = dict(lr='1e-05', epochs='20', checkpoint_s='7')[key]
    file.write_text(file.read_text().replace(edit, f'{key} = {value}'))
    before = run.curve.shape
    if refused:
        with pytest.raises(ValueError, match=refused):
            ft.resume(run.folder)
        assert run.curve.shape == before
        return
    again = ft.resume(run.folder)
    assert again.settings.checkpoint_s == 7 and len(again.curve) >= before[0]


def test_many_threads_ask_one_model(texts):
    model = ft.load(texts[1])
    expected = list(model.predict(['a chess engine', 'reads mail']).prediction)
    found = []
    threads = [threading.Thread(target=lambda: found.append(list(model.predict(['a chess engine', 'reads mail']).prediction))) for _ in range(8)]
    for o in threads:
        o.start()
    for o in threads:
        o.join()
    assert found == [expected] * 8


def test_12_bits_from_folder_to_prediction(tmp_path):
    "The case of the findings: squares that differ by place, in values up to 4095"
    rng = np.random.default_rng(0)
    for i in range(60):
        a = rng.integers(0, 800, (64, 64)).astype(np.uint16)
        a[8:24, (8 if i % 2 else 40):][:, :16] = 3500
        path = tmp_path/'x'/'lr'[i % 2]/f'{i}.tif'
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, a)
    data = ft.split(ft.from_folder(tmp_path/'x'))
    settings = ft.Settings(size=64, recipe='head', augment='none', precision='float32', runs=str(tmp_path/'runs'))
    run = ft.train(ft.learner(data, settings=settings))
    assert run.data.window == data.window == (0, 4095)
    model = ft.load(ft.save(run, tmp_path/'model'))
    test = data.only('test').frame
    logits, _ = run.learn.get_preds(dl=run.learn.dls.test, act=lambda o: o)
    probs = model.predict_proba(list(test['item'])).to_numpy()
    np.testing.assert_allclose(probs, logits.softmax(1).numpy(), atol=1e-4)
    assert (model.predict(list(test['item'])).prediction.to_numpy() == test.label.to_numpy()).mean() > 0.9


@pytest.mark.parametrize('n', [1, 5])
def test_grey_and_multi_band_images_from_folder_to_prediction(n, tmp_path):
    "The fifth band alone tells the classes; grey tells nothing of it"
    rng = np.random.default_rng(0)
    arrays = {}
    for i in range(24):
        name = tmp_path/'data'/('low', 'high')[i % 2]/f'{i}.tif'
        name.parent.mkdir(parents=True, exist_ok=True)
        arrays[name] = rng.integers(0, 900, (40, 40, 5)).astype(np.uint16)
        arrays[name][..., 4] += 2500 * (i % 2)
        tifffile.imwrite(name, arrays[name], photometric='minisblack', planarconfig='contig')
    data = ft.split(ft.from_folder(tmp_path/'data').set_window((0, 4000)))
    settings = ft.Settings(size=64, in_chans=n, bs=4, recipe='head', label_smoothing=0., precision='float32', runs=str(tmp_path/'runs'))
    learn = ft.learner(data, settings=settings)
    assert learn.dls.one_batch()[0].shape[1] == n
    learn.show_results(max_n=2)
    run = ft.train(learn)
    model = ft.load(ft.save(run, tmp_path/'model'))
    predicted = model.predict(list(arrays)).prediction.tolist()
    if n == 5:
        path, array = next(iter(arrays.items()))
        np.testing.assert_allclose(model.predict_proba(path), model.predict_proba(array), atol=1e-6)
    truth = [o.parent.name for o in arrays]
    assert (predicted == truth) == (n == 5)


def test_too_few_bands_are_refused_in_words(tmp_path):
    for i in range(12):
        (tmp_path/'ab'[i % 2]).mkdir(exist_ok=True)
        Image.new('RGB', (40, 40), (i, 99, 200)).save(tmp_path/'ab'[i % 2]/f'{i}.png')
    learn = ft.learner(ft.split(ft.from_folder(tmp_path)), settings=ft.Settings(size=64, in_chans=5, bs=4, precision='float32'))
    with pytest.raises(ValueError, match=r'images must have 5 channels, .*\.png has 3'):
        ft.train(learn)
