"""The Helm chart, rendered by Helm itself and judged by the schemas of Kubernetes."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from release.chart import pack

from budkavle.settings import load_settings

pytestmark = pytest.mark.slow  # the library holds all of Helm, and is read at each rendering

DIGEST = f"sha256:{'a' * 64}"
GIVEN: dict[str, Any] = {
    "image": {"repository": "images.example/budkavle", "digest": DIGEST},
    "host": "post.example.se",
    "settings": 'enabled = ["email_link"]\ntrusted_proxies = ["10.244.0.0/16"]\nstorage = "s3://files/budkavle"\n',
    "secret": {"more": {"BUDKAVLE__PLUGINS__EMAIL_LINK__PASSWORD_FILE": "smtp-password"}},
    "files": {"secret": "files", "variables": {"AWS_ENDPOINT": "https://s3.region.example", "AWS_REGION": "se"}},
    "outside": {"existingClaim": "outside"},
    "tls": {"secret": "web-tls"},
    "autoscaling": {"enabled": True},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "post-tls"},
    "networkPolicy": {"webFrom": [{"namespaceSelector": {}}], "metricsFrom": [{"namespaceSelector": {}}]},
}
RENDER = """
import json, sys, yaml
from helm_python.chart import Chart, lint
from kubernetes_validate import validate
request = json.load(sys.stdin)
try:
    files = Chart.load(request["chart"]).render(values=request["values"], name="habo")
except Exception as error:
    json.dump({"refused": str(error)}, sys.stdout)
    sys.exit()
texts = [text for name, text in files.items() if name.endswith(".yaml")]
things = [thing for text in texts for thing in yaml.safe_load_all(text) if thing]
for thing in things:
    validate(thing, request["kubernetes"], strict=True)
json.dump({"things": things, "faults": lint(request["chart"], values=request["values"])["errors"]}, sys.stdout)
"""
FILES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
"""What reaches the store of files; the library that does reads variables alone."""
Rendered = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def render(root: Path, missing: Callable[[str], NoReturn]) -> Rendered:
    """Render the chart with values over those that it has; each thing is valid in that release of Kubernetes."""
    library = root / ".cache/charts"
    if not (library / "helm_python").is_dir():
        missing("Helm is not installed (make peers)")

    def run(values: Mapping[str, Any], kubernetes: str = "1.32", chart: Path | None = None) -> dict[str, Any]:
        request = {"chart": str(chart or root / "deploy/helm/budkavle"), "values": values, "kubernetes": kubernetes}
        done = subprocess.run(
            [sys.executable, "-c", RENDER],
            input=json.dumps(request),
            env={"PYTHONPATH": str(library), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    return run


@pytest.fixture(scope="module")
def things(render: Rendered) -> dict[tuple[str, str], dict[str, Any]]:
    """What the chart makes, by kind and name."""
    answer = render(GIVEN)
    assert answer.get("faults") == [], answer
    return {(thing["kind"], thing["metadata"]["name"]): thing for thing in answer["things"]}


def pods(things: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The specifications of all pods, by their component."""
    with_pods = [thing for (kind, _), thing in things.items() if kind in {"Deployment", "Job"}]
    names = [thing["metadata"]["labels"]["app.kubernetes.io/component"] for thing in with_pods]
    return {name: thing["spec"]["template"]["spec"] for name, thing in zip(names, with_pods, strict=True)}


@pytest.mark.feature("ZO15")
@pytest.mark.parametrize("kubernetes", ["1.28", "1.32", "1.37"])
def test_the_chart_makes_what_kubernetes_takes(render: Rendered, kubernetes: str) -> None:
    """With everything on, and with as little as can be given: strictly by the schemas of three releases."""
    little = {name: GIVEN[name] for name in ("image", "host", "settings", "outside", "tls", "networkPolicy")}
    kinds = [thing["kind"] for thing in render(GIVEN, kubernetes)["things"]]
    assert sorted(set(kinds)) == [
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
    ]
    fewer = {thing["kind"] for thing in render(little, kubernetes)["things"]}
    assert {"HorizontalPodAutoscaler", "Ingress"}.isdisjoint(fewer)
    assert {"Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget"} <= fewer


def test_a_release_packs_the_chart_with_its_version(render: Rendered, tmp_path: Path) -> None:
    """Helm reads the packed file, its pods say the version, and it is the same bytes each time."""
    first, second = tmp_path / "first.tgz", tmp_path / "second.tgz"
    for file in (first, second):
        pack(file, "7.8.9", 1_700_000_000)
    assert first.read_bytes() == second.read_bytes()
    labels = [thing["metadata"]["labels"] for thing in render(GIVEN, chart=first)["things"]]
    assert {(each["app.kubernetes.io/version"], each["helm.sh/chart"]) for each in labels} == {
        ("7.8.9", "budkavle-7.8.9")
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": {"digest": "latest"}},
        {"image": {"repository": ""}},
        {"host": ""},
        {"webb": {"replicas": 3}},
        {"secret": {"more": {"BUDKAVLE__PLUGINS__EMAIL_LINK__PASSWORD": "a-password-itself"}}},
        {"files": {"variables": {"AWS_SECRET_ACCESS_KEY": "a-key-itself"}}},
        {"outside": {"existingClaim": ""}},
    ],
)
def test_values_that_are_wrong_are_refused(render: Rendered, wrong: dict[str, Any]) -> None:
    """A tag for a digest, no name, a word misspelt, a secret that would stand in the release, a ledger in a pod."""
    given = {key: {**GIVEN.get(key, {}), **value} if isinstance(value, dict) else value for key, value in wrong.items()}
    values = {**GIVEN, **given}
    assert "schema" in render(values).get("refused", "")


@pytest.mark.parametrize("settings", ["", 'storage = ""', '# storage = "s3://files"', 'x_storage = "s3://files"'])
def test_files_never_lie_in_a_pod(render: Rendered, settings: str) -> None:
    """They would be gone with it, and no other pod would have them."""
    assert "storage" in render({**GIVEN, "settings": settings}).get("refused", "")


def test_the_pages_are_not_closed_to_everybody(render: Rendered) -> None:
    """A policy has to name who reaches them; without policies the cluster's own rules hold."""
    policy = {**GIVEN["networkPolicy"], "webFrom": []}
    assert "networkPolicy.webFrom" in render({**GIVEN, "networkPolicy": policy}).get("refused", "")
    assert "things" in render({**GIVEN, "networkPolicy": {**policy, "enabled": False}})


def test_web_and_workers_reach_the_store_of_files(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Where it lies stands in the values, its keys in a Secret; the migration needs neither."""
    for name, spec in pods(things).items():
        variables = {each["name"]: each for each in spec["containers"][0]["env"] if each["name"].startswith("AWS_")}
        kept = {key: {"secretKeyRef": {"name": "files", "key": key}} for key in FILES}
        assert {key: each["valueFrom"] for key, each in variables.items() if "valueFrom" in each} == (
            {} if name == "migrate" else kept
        )
        assert {key: each["value"] for key, each in variables.items() if "value" in each} == (
            {} if name == "migrate" else GIVEN["files"]["variables"]
        )


def test_every_container_may_do_little(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """No root, no rights, a root that is read alone, no token of the cluster; what is written goes to volumes."""
    assert set(pods(things)) == {"web", "worker", "migrate"}
    for spec in pods(things).values():
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["image"] == f"images.example/budkavle@{DIGEST}"
        written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
        assert written == {"/tmp", "/var/lib/budkavle", "/var/lib/budkavle-outside"}  # noqa: S108 - a volume
        assert container["resources"]["limits"]["memory"]


def test_secrets_are_files_of_secrets_that_exist(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """The chart makes none, no variable holds one, and the owner of the tables is known to the migration alone."""
    assert not [kind for kind, _ in things if kind == "Secret"]
    for name, spec in pods(things).items():
        volumes = {volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
        assert volumes == {"budkavle", "web-tls", *(["budkavle-owner"] if name == "migrate" else [])}
        for variable in spec["containers"][0]["env"]:
            value = variable.get("value", "")
            assert not variable["name"].endswith("_FILE") or value.startswith("/run/secrets/"), variable
            assert "secretKeyRef" not in str(variable) or variable["name"] in FILES, variable
    owners = [name for name, spec in pods(things).items() if "OWNER_URL" in str(spec)]
    assert owners == ["migrate"]


def test_nothing_is_said_in_clear_unless_it_is_accepted(render: Rendered) -> None:
    """Pages and figures have a certificate, and the probes know; without one, the settings say that it is meant."""
    for accepted in ("", 'accepted = ["pages"]', 'accepted = ["metrics"]', '# accepted = ["pages", "metrics"]'):
        values = {**GIVEN, "tls": {"secret": ""}, "settings": f"{accepted}\n{GIVEN['settings']}"}
        assert "tls.secret" in render(values).get("refused", ""), accepted
    meant = f'accepted = ["pages",\n  "metrics"]\n{GIVEN["settings"]}'
    for values, scheme in ((GIVEN, "HTTPS"), ({**GIVEN, "tls": {"secret": ""}, "settings": meant}, None)):
        made = {(thing["kind"], thing["metadata"]["name"]): thing for thing in render(values)["things"]}
        (web,) = pods(made)["web"]["containers"]
        probes = [web[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")]
        assert {probe.get("scheme") for probe in probes} == {scheme}


@pytest.mark.parametrize(
    "accepted",
    [
        "accepted = ['pages', 'metrics']",
        'accepted = [\n  "pages",  # the mesh ] encrypts\n  "metrics",\n]',
        '"accepted" = ["metrics", "scanner", "pages"]',
    ],
)
def test_settings_are_read_as_toml(render: Rendered, accepted: str) -> None:
    """However TOML lets them be written; the chart reads what the product reads."""
    settings = f"{accepted}\n{GIVEN['settings']}".replace('storage = "s3://files/budkavle"', "'storage' = 's3://a/b'")
    assert {"pages", "metrics"} <= set(tomllib.loads(settings)["accepted"])
    assert "things" in render({**GIVEN, "tls": {"secret": ""}, "settings": settings})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('storage = "s3://a/b"\naccepted = [', "settings cannot be read as TOML"),
        ('storage = "s3://a/b"\naccepted = "pages metrics"', "accepted has to be a list"),
        ('storage = "s3://a/b"\n[plugins.email_link]\naccepted = ["pages", "metrics"]', "tls.secret"),
        ('[plugins.email_link]\nstorage = "s3://a/b"', "storage has to name"),
    ],
)
def test_settings_that_say_something_else_are_refused(render: Rendered, settings: str, told: str) -> None:
    """The sentence says which."""
    assert told in render({**GIVEN, "tls": {"secret": ""}, "settings": settings}).get("refused", "")


def test_authorities_of_ones_own_are_believed_by_all(render: Rendered) -> None:
    """Web, workers and the migration read the file that a ConfigMap has, and no folder of others; none by default."""
    given = {**GIVEN, "authorities": {"configMap": "habo-authorities", "key": "habo.pem"}}
    for values, believed in ((GIVEN, None), (given, "/etc/budkavle-authorities/habo.pem")):
        made = {(thing["kind"], thing["metadata"]["name"]): thing for thing in render(values)["things"]}
        for spec in pods(made).values():
            (container,) = spec["containers"]
            variables = {each["name"]: each.get("value") for each in container["env"]}
            assert variables.get("SSL_CERT_FILE") == believed
            mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
            assert ("authorities" in mounts) == (believed is not None)
            if believed:
                assert variables["SSL_CERT_DIR"] == mounts["authorities"]["mountPath"]
                assert mounts["authorities"]["readOnly"]
                assert {"name": "authorities", "configMap": {"name": "habo-authorities"}} in spec["volumes"]


def test_the_migration_runs_before_anything_new(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """As a hook, with settings of its own: those of the release are not there yet when it is installed."""
    job = things["Job", "habo-budkavle-migrate"]
    settings = things["ConfigMap", "habo-budkavle-migrate"]
    for thing in (job, settings, things["NetworkPolicy", "habo-budkavle-migrate"]):
        assert thing["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    weights = [int(thing["metadata"]["annotations"]["helm.sh/hook-weight"]) for thing in (settings, job)]
    assert weights[0] < weights[1]
    assert {"name": "settings", "configMap": {"name": "habo-budkavle-migrate"}} in pods(things)["migrate"]["volumes"]
    assert settings["data"] == things["ConfigMap", "habo-budkavle"]["data"]


def test_nothing_that_works_is_taken_away(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Probes, time to end what is in hand, budgets for disruption, and as many web pods as before during an upgrade."""
    web, worker = pods(things)["web"], pods(things)["worker"]
    (container,) = web["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(worker["containers"][0])
    assert web["terminationGracePeriodSeconds"] >= 5 + 10
    assert worker["terminationGracePeriodSeconds"] >= 30
    strategy = things["Deployment", "habo-budkavle-web"]["spec"]["strategy"]["rollingUpdate"]
    assert strategy["maxUnavailable"] == 0
    for part in ("web", "worker"):
        budget = things["PodDisruptionBudget", f"habo-budkavle-{part}"]["spec"]
        deployment = things["Deployment", f"habo-budkavle-{part}"]["spec"]
        assert budget["maxUnavailable"] == 1
        assert budget["selector"] == deployment["selector"]
        labels = deployment["template"]["metadata"]["labels"]
        assert deployment["selector"]["matchLabels"].items() <= labels.items()


def test_workers_follow_the_age_of_the_queue(things: Mapping[tuple[str, str], dict[str, Any]], root: Path) -> None:
    """By a figure that is told; then the number of workers is the autoscaler's alone."""
    scaler = things["HorizontalPodAutoscaler", "habo-budkavle-worker"]["spec"]
    (metric,) = scaler["metrics"]
    name = metric["external"]["metric"]["name"]
    assert f"| `{name}` |" in (root / "docs/metrics.md").read_text("utf-8")
    assert scaler["scaleTargetRef"]["name"] == "habo-budkavle-worker"
    assert "replicas" not in things["Deployment", "habo-budkavle-worker"]["spec"]


def test_the_network_is_closed_but_for_what_is_named(things: Mapping[tuple[str, str], dict[str, Any]]) -> None:
    """Pages for the ingress, figures for Prometheus, nothing to the migration; web goes to names and two ports."""
    specs = {
        name.rpartition("-")[2]: thing["spec"] for (kind, name), thing in things.items() if kind == "NetworkPolicy"
    }
    assert all(policy["policyTypes"] == ["Ingress", "Egress"] for policy in specs.values())
    ports = {
        part: [port["port"] for rule in policy["ingress"] for port in rule["ports"]] for part, policy in specs.items()
    }
    assert ports == {"web": ["pages"], "worker": ["metrics"], "migrate": []}
    out = [port["port"] for rule in specs["web"]["egress"] for port in rule["ports"]]
    assert set(out) == {53, 5432, 443}


def test_pods_speak_only_where_the_values_say(render: Rendered) -> None:
    """With a list of their own, web and workers reach names and what it has, and nothing else."""
    database = {"to": [{"ipBlock": {"cidr": "192.0.2.10/32"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}
    mail = {"to": [{"ipBlock": {"cidr": "192.0.2.25/32"}}], "ports": [{"port": 25, "protocol": "TCP"}]}
    policy = {**GIVEN["networkPolicy"], "webTo": [database], "workerTo": [database, mail]}
    made = render({**GIVEN, "networkPolicy": policy})["things"]
    egress = {
        thing["metadata"]["name"].rpartition("-")[2]: thing["spec"]["egress"]
        for thing in made
        if thing["kind"] == "NetworkPolicy"
    }
    names = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    assert egress["web"] == egress["migrate"] == [names, database]
    assert egress["worker"] == [names, database, mail]


def test_the_settings_are_the_products(things: Mapping[tuple[str, str], dict[str, Any]], tmp_path: Path) -> None:
    """The product reads what the chart writes: file, variables and secrets."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name in ("database-url", "key-store-url", "owner-url"):
        (secrets / name).write_text("postgresql://budkavle@database/budkavle\n", encoding="utf-8")
    (secrets / "metrics-token").write_text("a token that is long enough", encoding="utf-8")
    (secrets / "smtp-password").write_text("secret", encoding="utf-8")
    text = things["ConfigMap", "habo-budkavle"]["data"]["budkavle.toml"]
    file = tmp_path / "budkavle.toml"
    file.write_text(text, encoding="utf-8")
    assert "secret" not in tomllib.loads(text).get("database", {})
    (container,) = pods(things)["migrate"]["containers"]
    variables = {each["name"]: each.get("value", "machine-1") for each in container["env"]}
    variables = {
        name: str(secrets / Path(value).name) if name.endswith("_FILE") else value for name, value in variables.items()
    }
    settings = load_settings(file, {**variables, "BUDKAVLE_CONFIG": str(file)})
    assert {mount["mountPath"] for mount in container["volumeMounts"]} >= {str(settings.tls.certificate.parent)}
    assert settings.base_url == "https://post.example.se"
    assert settings.database.owner_url == settings.database.url == "postgresql://budkavle@database/budkavle"
    assert settings.metrics.token == "a token that is long enough"
    assert settings.node == "machine-1"
    assert settings.trusted_proxies == ("10.244.0.0/16",)
