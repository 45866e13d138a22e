"Models that read: every architecture in named groups, the bridge to fastai, and texts as users have them"
import os, subprocess, sys
import numpy as np, pandas as pd, pytest, torch
import finetune_nb as ft
from finetune_nb.data.text_batches import TextPreprocessing, TokenBatch, TokenizedTexts, truncation_summary
import transformers as hf

small = dict(vocab_size=300, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64, max_position_embeddings=64)
configs = dict(
    bert=lambda: hf.BertConfig(**small), roberta=lambda: hf.RobertaConfig(**small), electra=lambda: hf.ElectraConfig(embedding_size=16, **small),
    albert=lambda: hf.AlbertConfig(embedding_size=16, **small), deberta=lambda: hf.DebertaV2Config(relative_attention=True, pos_att_type=['p2c', 'c2p'], **small),
    distilbert=lambda: hf.DistilBertConfig(vocab_size=300, dim=32, n_layers=3, n_heads=2, hidden_dim=64, max_position_embeddings=64),
    gpt2=lambda: hf.GPT2Config(vocab_size=300, n_embd=32, n_layer=3, n_head=2, n_positions=64),
    llama=lambda: hf.LlamaConfig(num_key_value_heads=2, **small), qwen2=lambda: hf.Qwen2Config(num_key_value_heads=2, **small),
    gemma=lambda: hf.GemmaConfig(num_key_value_heads=1, head_dim=16, **small))
xb = torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, -1, -1]])


def made(name):
    torch.manual_seed(0)
    return ft.replace_head(hf.AutoModel.from_config(configs[name](), dtype=torch.float32), 4)

@pytest.mark.parametrize('name', configs)
def test_every_parameter_is_in_one_group_in_order(name):
    model = made(name)
    groups = ft.layer_groups(model, by='block')
    names = [n for g in groups for n in g.params]
    assert sorted(names) == sorted(n for n, _ in model.named_parameters())
    assert groups[0].name == 'embeddings' and groups[-1].name == 'head'
    assert len(groups) == (3 if name == 'albert' else 5), [g.name for g in groups]

@pytest.mark.parametrize('name', configs)
def test_what_stands_behind_the_end_is_not_seen(name):
    model = made(name).eval()
    with torch.no_grad(): torch.testing.assert_close(model(xb)[1:], model(xb[1:, :3]), atol=1e-5, rtol=1e-5)

@pytest.mark.parametrize('name', configs)
def test_frozen_groups_stand_still(name):
    model = made(name)
    groups = ft.layer_groups(model, by='block')
    before = {k: v.clone() for k, v in model.state_dict().items()}
    ft.freeze_below(model.train(), groups, 2)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5)
    model(xb).square().mean().backward()
    optimizer.step()
    moved = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    trainable = {n for g in groups[-2:] for n in g.params}
    assert moved and moved <= trainable, moved - trainable


@pytest.fixture(scope='module')
def packages():
    data = ft.split(ft.sample('packages'), seed=0)
    return ft.Dataset(data.frame[::12].reset_index(drop=True), kind='text', split_by='given')

@pytest.fixture(scope='module')
def learn(packages, tmp_path_factory):
    return ft.learner(packages, settings=ft.Settings(runs=str(tmp_path_factory.mktemp('runs')), precision='float32', max_length=32, epochs=2))

def test_fastai_shows_a_batch_results_and_top_losses(learn, capsys):
    from fastai.interpret import Interpretation
    learn.dls.show_batch(max_n=3)
    with learn.no_bar():
        learn.show_results(max_n=3)
        Interpretation.from_learner(learn).plot_top_losses(3)
    assert capsys.readouterr().out

def test_inputs_come_back_in_the_order_of_the_items(learn, packages):
    with learn.no_bar(): inputs, probs, y = learn.get_preds(with_input=True)
    valid = packages.only('valid')
    assert isinstance(inputs, TokenBatch) and len(inputs) == len(valid)
    assert [packages.labels[i] for i in y] == list(valid.frame.label)
    words = learn.ft.preprocessing.shown(inputs[:3])[1]
    assert [o.split()[0].lower() for o in valid.frame['item'][:3]] == [o.split()[0].strip('.,') for o in words]

def test_interpretation_names_the_right_losses(learn, packages):
    from fastai.interpret import Interpretation
    with learn.no_bar():
        told = Interpretation.from_learner(learn)
        values, where = told.top_losses(2)
        inputs, probs, y, decoded, losses = told[where]
    expected = torch.nn.functional.cross_entropy(probs.log(), y, reduction='none')
    torch.testing.assert_close(torch.as_tensor(expected), torch.as_tensor(losses), atol=1e-4, rtol=1e-4)

def test_kept_features_are_those_of_the_live_model(learn, packages):
    known = ft.features(packages.only('valid'), learn, disk_mb=0)
    ft.fit_linear_probe(learn.model.get_classifier(), known.x, np.array([packages.labels.index(o) for o in known.labels]))
    with torch.no_grad(): kept = learn.model.get_classifier()(torch.tensor(np.array(known.x)))
    with learn.no_bar(): live = learn.get_preds(act=lambda o: o)[0]
    assert ((kept - live).norm() / live.norm()).item() < 1e-5 and (kept.argmax(1) == live.argmax(1)).all()

@pytest.mark.filterwarnings('error:You are shadowing')
def test_a_run_and_its_artefact_answer_alike_without_fastai(learn, packages, tmp_path):
    run = ft.train(learn)
    assert run.best and run.report().baselines['TF-IDF'].value['accuracy'] > 0.3
    assert '<h3>Misclassified items</h3>' in run.report()._repr_html_()
    folder, texts = ft.save(run, tmp_path/'model'), list(packages.only('test').frame['item'][:20])
    with learn.no_bar(): probs = learn.get_preds(dl=learn.dls.test_dl(texts))[0]
    np.testing.assert_allclose(ft.load(folder).predict_proba(texts), probs, atol=1e-4)
    code = f'import sys, finetune_nb as ft; print(ft.load({str(folder)!r}).predict("a chess game").prediction.iloc[0]); assert "fastai" not in sys.modules'
    out = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, env={**os.environ, 'HF_HUB_OFFLINE': '1'})
    assert out.returncode == 0, out.stderr
    (folder/'tokenizer.json').write_text('{}')
    with pytest.raises(ValueError, match='tokenizer.json must be the file'): ft.load(folder)


def table(**columns): return pd.DataFrame(columns)

def test_odd_texts_are_read(tmp_path):
    odd = ['', '   ', 'a ' * 500_000, 'nul\0inside', 'half \ud800 a pair', 'مرحبا بالعالم', '🎉🎉🎉', 'two\nlines, "quoted"']
    rows = table(text=pd.Series(odd + ['plain'] * 8, dtype=object), label=['a', 'b'] * 8)
    data = ft.from_table(rows)
    assert len(data) == len(rows) - 2 and list(data.rejected.reason) == ['no item'] * 2
    assert any('2 texts had invalid characters' in o for o in data.notes)
    data.frame.to_csv(tmp_path/'odd.csv', index=False)
    again = ft.from_table(tmp_path/'odd.csv', text='item')
    assert list(again.frame['item']) == list(data.frame['item'])
    texts = TokenizedTexts(list(data.frame['item']), TextPreprocessing(ft.model_info('all-MiniLM-L6-v2').tokenizer, 64))
    assert texts[np.arange(len(texts))].shape == (len(texts), 64)
    assert '1 of 14 texts' in truncation_summary(texts)

def test_labels_that_are_missing_or_alone():
    rows = table(text=['one', 'two', 'three', 'four'], label=['a', None, float('nan'), 'b'])
    assert list(ft.from_table(rows).rejected.reason) == ['no label'] * 2
    with pytest.raises(ValueError, match='two labels'): ft.from_table(rows.assign(label='a'))

def test_names_that_do_not_exist(tmp_path):
    rows = table(text=['one', 'two'], label=['a', 'b'])
    with pytest.raises(ValueError, match="'text'"): ft.from_table(rows, text='txt')
    with pytest.raises(ValueError, match='config.json'): ft.model_info(str(tmp_path))
    with pytest.raises(ValueError, match="one for texts"): ft.features(ft.from_table(rows), 'resnet18')
    with pytest.raises(ValueError, match="one for images"): ft.features(ft.sample('clipart'), 'all-MiniLM-L6-v2')

def test_without_network(monkeypatch):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    with pytest.raises(ValueError, match='To download'): ft.backbone('somebody/some-bert')

@pytest.mark.parametrize('budget', ['phone', 'laptop'])
def test_a_shortlist_of_texts_leaves_out_what_is_not_here(budget, packages, monkeypatch):
    monkeypatch.setenv('HF_HUB_OFFLINE', '1')
    found = ft.shortlist(packages, budget=budget, n=200)
    assert set(found.df.index) == {'all-MiniLM-L6-v2', 'all-MiniLM-L6-v2 (random)'} and found.df.index[0] == 'all-MiniLM-L6-v2'
    assert all('was left out' in o and 'To download' in o for o in found.notes) and len(found.notes) == {'phone': 1, 'laptop': 3}[budget]

@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'cp1252', 'utf-16'])
def test_encodings(tmp_path, encoding):
    lines = ['text,label', *[f'Grüße aus Köln an {i} schöne Bücher,a' for i in range(20)], *[f'Äpfel und Öl für {i} Füße,b' for i in range(20)]]
    (tmp_path/'t.csv').write_text('\n'.join(lines), encoding=encoding)
    data = ft.from_table(tmp_path/'t.csv')
    assert data.frame['item'][0] == 'Grüße aus Köln an 0 schöne Bücher'
    assert encoding.startswith('utf-8') or any('was read as' in o for o in data.notes)

def test_jsonl(tmp_path):
    (tmp_path/'t.jsonl').write_text('{"text": "one", "label": "a"}\n\n{"text": "two", "label": "b"}\n')
    assert list(ft.from_table(tmp_path/'t.jsonl').frame['item']) == ['one', 'two']
    (tmp_path/'t.jsonl').write_text('{"text": "one"')
    with pytest.raises(ValueError, match='one object in each line'): ft.from_table(tmp_path/'t.jsonl')

def test_a_local_folder_with_weights_is_a_model(tmp_path, packages):
    home = ft.model_info('all-MiniLM-L6-v2').tokenizer
    tok = hf.AutoTokenizer.from_pretrained(home)
    torch.manual_seed(0)
    hf.AutoModel.from_config(hf.BertConfig(**{**small, 'vocab_size': len(tok)})).save_pretrained(tmp_path)
    tok.save_pretrained(tmp_path)
    card = ft.model_info(str(tmp_path))
    assert (card.where, card.max_length, card.decoder) == ('folder', 64, False)
    learn = ft.learner(packages, str(tmp_path), ft.Settings(precision='float32'))
    assert [g.name for g in learn.ft.groups] == ['embeddings', 'layer 0', 'layer 1', 'layer 2', 'head']

def test_a_tokenizer_of_another_model_is_refused(tmp_path, packages):
    hf.AutoModel.from_config(hf.BertConfig(**small)).save_pretrained(tmp_path)
    hf.AutoTokenizer.from_pretrained(ft.model_info('all-MiniLM-L6-v2').tokenizer).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match='tokenizer'): ft.learner(packages, str(tmp_path))

def test_a_folder_does_not_hide_a_model_of_timm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path/'resnet18').mkdir()
    assert ft.model_info('resnet18').size == 224

def test_texts_without_a_word_are_audited_and_judged():
    data = ft.split(ft.from_table(table(text=['🎉' * (1 + i % 7) for i in range(60)], label=['a', 'b'] * 30)))
    assert 'other language' not in set(ft.check_texts(data).kind)
    assert list(ft.baselines(data)) == ['majority']



@pytest.mark.parametrize('name', configs)
def test_own_pooling_is_that_of_transformers_class(name):
    torch.manual_seed(0)
    config = configs[name]()
    config.num_labels, config.pad_token_id = 4, 0
    theirs = hf.AutoModelForSequenceClassification.from_config(config, dtype=torch.float32).eval()
    model = ft.replace_head(hf.AutoModel.from_config(config, dtype=torch.float32), 4, pooling='own').eval()
    def named(k): return k.removeprefix('body.') if k.startswith('body.') else model.last + k.removeprefix('head')
    assert sorted(map(named, model.state_dict())) == sorted(theirs.state_dict())
    model.load_state_dict({k: theirs.state_dict()[named(k)] for k in model.state_dict()})
    with torch.no_grad(): torch.testing.assert_close(model(xb[1:]), theirs(input_ids=xb[1:, :3]).logits, atol=1e-5, rtol=1e-5)
    groups = ft.layer_groups(model, by='block')
    assert sorted(n for g in groups for n in g.params) == sorted(n for n, _ in model.named_parameters())
    assert groups[-1].name == 'head' and all('layer' in g.name for g in groups[1:-1])

def test_transformers_reads_an_artefact_with_own_pooling(packages, tmp_path):
    learn = ft.learner(packages, settings=ft.Settings(runs=str(tmp_path), precision='float32', max_length=32, epochs=2, pooling='own'))
    folder = ft.save(ft.train(learn), tmp_path/'model')
    told = ft.load(folder).predict_proba(['a chess engine', 'reads mail'])
    again = hf.pipeline('text-classification', str(folder), top_k=None)(['a chess engine', 'reads mail'])
    for row, said in zip(told.to_numpy(), again):
        assert {o['label']: o['score'] for o in said} == pytest.approx(dict(zip(told.columns, row.tolist())), abs=1e-4)

def test_several_labels_and_numbers_of_texts_train_and_are_reported(tmp_path):
    table = ft.sample('packages').frame[::40].reset_index(drop=True)
    says = [[k for k in ('library', 'data', 'game', 'tool') if k in o.lower()] for o in table['item']]
    some = [bool(o) for o in says]
    tags = pd.DataFrame({'text': table['item'], 'label': says})[some]
    counts = pd.DataFrame({'text': table['item'], 'label': [len(o) + 0.5 for o in says]})
    settings = ft.Settings(runs=str(tmp_path), precision='float32', max_length=32, recipe='head')
    tagged = ft.train(ft.learner(ft.split(ft.from_table(tags)), settings=settings)).report('valid')
    measured = ft.train(ft.learner(ft.split(ft.from_table(counts)), settings=settings)).report('valid')
    assert tagged.metrics.value['mAP'] > tagged.baselines['label shares'].value['mAP']
    assert measured.metrics.value['MAE'] < 0.9 * measured.baselines['mean'].value['MAE']
    assert 0 < ft.load(ft.save(measured.run, tmp_path/'model')).predict('a library for games')['prediction'].iloc[0] < 4
