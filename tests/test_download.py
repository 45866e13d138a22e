"Weights by network: the real code of timm and huggingface_hub against a server on this machine"
import hashlib, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import pytest, timm, torch
from safetensors.torch import save_file

name = 'test_efficientnet.r160_in1k'
script = """
import sys, torch
import finetune_nb as ft
from safetensors.torch import load_file
print('where', ft.card(sys.argv[1]).where)
model = ft.body(sys.argv[1])
theirs = load_file(sys.argv[2])
assert all(torch.equal(v, theirs[k]) for k, v in model.state_dict().items())
"""


@pytest.fixture
def server(tmp_path):
    "A hub with one repository that holds one file"
    torch.manual_seed(1)
    path = tmp_path/'model.safetensors'
    save_file(timm.create_model(name).state_dict(), path)
    content = path.read_bytes()

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self, body=False):
            found = self.path.startswith(f'/timm/{name}/resolve/') and self.path.endswith('model.safetensors')
            self.send_response(200 if found else 404)
            if found:
                self.send_header('ETag', f'"{hashlib.sha256(content).hexdigest()}"')
                self.send_header('X-Repo-Commit', 'a' * 40)
            self.send_header('Content-Length', str(len(content) if found else 0))
            self.end_headers()
            if found and body: self.wfile.write(content)
        def do_GET(self): self.do_HEAD(body=True)
        def log_message(self, *args): pass

    hub = ThreadingHTTPServer(('127.0.0.1', 0), Hub)
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    yield f'http://127.0.0.1:{hub.server_port}', path
    hub.shutdown()
    hub.server_close()


def test_weights_are_announced_fetched_once_and_used_offline(server, tmp_path):
    address, path = server
    env = {k: v for k, v in os.environ.items() if k != 'HF_HUB_OFFLINE'} | dict(HF_ENDPOINT=address, HF_HOME=str(tmp_path/'hub'), HF_HUB_DISABLE_XET='1')
    def run(model, **more): return subprocess.run([sys.executable, '-W', 'ignore', '-c', script, model, path], env={**env, **more}, capture_output=True, text=True)
    first = run(name)
    assert first.returncode == 0, first.stderr
    assert first.stdout.split() == ['where', 'download'] and f'Downloading {name}: 1 MB from timm/{name}' in first.stderr
    again = run(name, HF_HUB_OFFLINE='1')
    assert again.returncode == 0 and again.stdout.split() == ['where', 'cached'], again.stderr
    absent = run('test_vit.r160_in1k', HF_HUB_OFFLINE='1')
    assert absent.returncode == 1 and 'To download: test_vit.r160_in1k' in absent.stderr
    gone = run('test_vit.r160_in1k')
    assert gone.returncode == 1 and 'must be here or within reach' in gone.stderr
