"Weights by network: the real code of timm and huggingface_hub against a server on this machine"
import hashlib, json, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlparse
import pytest, timm, torch
from safetensors.torch import save_file

name, reader = 'test_efficientnet.r160_in1k', 'somebody/small-bert'
script = """
import sys, torch
import finetune_nb as ft
from safetensors.torch import load_file
print('where', ft.model_info(sys.argv[1]).where)
model = ft.backbone(sys.argv[1])
theirs = load_file(sys.argv[2])
assert all(torch.equal(v, theirs[k]) for k, v in model.state_dict().items())
"""
reading = """
import sys
import finetune_nb as ft
print('where', ft.model_info(sys.argv[1]).where)
about = ft.fetch(sys.argv[1])
print(about.where, about.max_length, sum(p.numel() for p in ft.backbone(sys.argv[1]).parameters()) == about.parameters)
"""


def files_of_a_reader(folder):
    "The files of a small BERT with a tokenizer of its own, by name"
    import transformers as hf
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    words = Tokenizer(models.WordLevel(unk_token='[UNK]'))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.train_from_iterator(['a chess engine', 'reads mail'], trainers.WordLevelTrainer(special_tokens=['[PAD]', '[UNK]'], show_progress=False))
    hf.PreTrainedTokenizerFast(tokenizer_object=words, unk_token='[UNK]', pad_token='[PAD]').save_pretrained(folder)
    config = hf.BertConfig(vocab_size=20, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, max_position_embeddings=48)
    hf.BertModel(config).save_pretrained(folder)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    "A hub with two repositories: weights of a model that sees, and all files of one that reads"
    folder, commit = tmp_path_factory.mktemp('hub'), 'a' * 40
    torch.manual_seed(1)
    path = folder/'model.safetensors'
    save_file(timm.create_model(name).state_dict(), path)
    repos = {f'timm/{name}': {'model.safetensors': path.read_bytes()}, reader: files_of_a_reader(folder/'reader')}

    class Hub(BaseHTTPRequestHandler):
        def content(self):
            "Bytes of what is asked for, or None"
            asked = urlparse(self.path).path.strip('/')
            for repo, files in repos.items():
                if asked.startswith(f'api/models/{repo}/tree/'):
                    return json.dumps([dict(type='file', path=k, size=len(v), oid=commit) for k, v in files.items()]).encode()
                if asked.startswith(f'api/models/{repo}'):
                    siblings = [dict(rfilename=k, size=len(v)) for k, v in files.items()]
                    return json.dumps(dict(id=repo, modelId=repo, sha=commit, siblings=siblings, private=False, tags=[], downloads=0)).encode()
                if asked.startswith(f'{repo}/resolve/'): return files.get(asked.rpartition('/')[2])
        def do_HEAD(self, body=False):
            found = self.content()
            self.send_response(404 if found is None else 200)
            if found is not None:
                self.send_header('ETag', f'"{hashlib.sha256(found).hexdigest()}"')
                self.send_header('X-Repo-Commit', commit)
            self.send_header('Content-Length', str(len(found or b'')))
            self.end_headers()
            if found and body: self.wfile.write(found)
        def do_GET(self): self.do_HEAD(body=True)
        def log_message(self, *args): pass

    hub = ThreadingHTTPServer(('127.0.0.1', 0), Hub)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{hub.server_port}', path
    hub.shutdown()
    hub.server_close()


def online(address, tmp_path):
    "An environment in which the network is that server"
    return {k: v for k, v in os.environ.items() if k != 'HF_HUB_OFFLINE'} | dict(HF_ENDPOINT=address, HF_HOME=str(tmp_path/'hub'), HF_HUB_DISABLE_XET='1')


def test_weights_are_announced_fetched_once_and_used_offline(server, tmp_path):
    address, path = server
    env = online(address, tmp_path)
    def run(model, **more): return subprocess.run([sys.executable, '-W', 'ignore', '-c', script, model, path], env={**env, **more}, capture_output=True, text=True)
    first = run(name)
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == ['where', 'download'] and f'Downloading {name}: 1 MB from timm/{name}' in first.stderr
    again = run(name, HF_HUB_OFFLINE='1')
    assert again.returncode == 0 and again.stdout.split() == ['where', 'cached'], again.stderr
    absent = run('test_vit.r160_in1k', HF_HUB_OFFLINE='1')
    assert absent.returncode == 1 and 'To download: test_vit.r160_in1k' in absent.stderr
    gone = run('test_vit.r160_in1k')
    assert gone.returncode == 1 and 'must be available locally or online' in gone.stderr

def test_a_model_that_reads_is_announced_and_fetched_once(server, tmp_path):
    env = online(server[0], tmp_path)
    def run(**more): return subprocess.run([sys.executable, '-W', 'ignore', '-c', reading, reader], env={**env, **more}, capture_output=True, text=True)
    first = run()
    assert first.returncode == 0, first.stderr[-800:]
    assert first.stdout.splitlines() == ['where download', 'cached 48 True'] and f'Downloading {reader}: 0 MB from the Hub' in first.stderr
    again = run(HF_HUB_OFFLINE='1')
    assert again.returncode == 0 and again.stdout.splitlines() == ['where cached', 'cached 48 True'], again.stderr[-800:]
    assert 'Downloading' not in again.stderr
