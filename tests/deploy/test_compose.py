"""The rules that every container of docker-compose.yml keeps, whatever is added."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kb.settings import Settings
from tests.deploy import compose
from tools.dockerfile import assignments, read_dockerfile

IMAGES = read_dockerfile(compose.ROOT / "Dockerfile")
SERVICES: dict[str, dict[str, Any]] = compose.load()["services"]
#: Run and end; their exit code is their health.
JOBS = {"keys", "indexer"}
MASTER = "meili_master_key"

each_service = pytest.mark.parametrize("name", SERVICES)


def of_ours(service: dict[str, Any]) -> bool:
    return str(service["image"]).startswith("cachhay:")


@each_service
def test_no_root_and_nothing_to_write_to(name: str) -> None:
    service = SERVICES[name]
    uid, gid = map(int, service["user"].split(":"))
    assert uid >= 1000 and gid >= 1000
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert not {"privileged", "devices", "network_mode", "pid", "ipc", "userns_mode"} & set(service)
    (tmp,) = service["tmpfs"]
    assert tmp.startswith("/tmp:") and {"noexec", "nosuid", "nodev"} <= set(tmp.split(":")[1].split(","))
    assert "size=" in tmp, "what is in memory is bounded"


@each_service
def test_the_user_is_the_one_whom_the_image_was_made_for(name: str) -> None:
    service = SERVICES[name]
    if of_ours(service):
        assert service["user"] == IMAGES.stage("app").last("USER").text
    if name == "meilisearch":
        assert service["user"] == IMAGES.stage("meilisearch").last("USER").text


@each_service
def test_memory_processes_and_logs_are_bounded(name: str) -> None:
    service = SERVICES[name]
    assert compose.megabytes(service["mem_limit"]) <= 4096
    assert 0 < service["pids_limit"] <= 1024
    assert service["logging"]["driver"] == "json-file"
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_meilisearch_indexes_within_less_than_its_limit() -> None:
    service = SERVICES["meilisearch"]
    limit = compose.megabytes(service["mem_limit"])
    assert compose.megabytes(service["environment"]["MEILI_MAX_INDEXING_MEMORY"]) <= limit / 2
    assert service["environment"]["TMPDIR"].startswith("/meili_data/"), "its temporary files are no matter of memory"


@each_service
def test_it_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    if name in JOBS:
        assert service["restart"] in ("no", "on-failure:5")
        assert service["healthcheck"] == {"disable": True}
        return
    assert service["restart"] == "unless-stopped"
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])
    if "healthcheck" in service:
        check = service["healthcheck"]
        assert check["test"][0] == "CMD" and {"interval", "timeout", "retries", "start_period"} <= set(check)
    else:
        assert of_ours(service) and service["command"][0] == "serve", "the image's check asks the web port"
        assert IMAGES.stage("app").all("HEALTHCHECK")


def test_what_has_a_port_is_asked_there() -> None:
    assert "http://127.0.0.1:7700/health" in SERVICES["meilisearch"]["healthcheck"]["test"]
    assert SERVICES["meilisearch"]["environment"]["MEILI_HTTP_ADDR"].endswith(":7700")


@each_service
def test_images_are_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image and tag and tag != "latest"
    if not of_ours(SERVICES[name]):
        assert re.match(r"v\d+\.\d+\.\d+", tag)


def test_what_is_built_is_built_on_what_the_dockerfile_says() -> None:
    built = {name: service["build"] for name, service in SERVICES.items() if "build" in service}
    assert {name: build["target"] for name, build in built.items()} == {"app": "app", "meilisearch": "meilisearch"}
    known = IMAGES.arguments | {
        name: value for stage in IMAGES.stages for step in stage.all("ARG") for name, value in assignments(step.text).items()
    }
    for build in built.values():
        given = {name: str(value) for name, value in build["args"].items()}
        assert given == {name: known[name] for name in given}
    version = IMAGES.arguments["MEILI_IMAGE"].partition(":")[2]
    assert SERVICES["meilisearch"]["image"] == f"cachhay-meilisearch:{version}"


def test_a_digest_pins_what_is_built_on() -> None:
    digest = "@sha256:" + "0" * 64
    services = compose.load(PYTHON_DIGEST=digest, MEILI_DIGEST=digest, QDRANT_DIGEST=digest)["services"]
    assert services["app"]["build"]["args"]["PYTHON_IMAGE"] == IMAGES.arguments["PYTHON_IMAGE"] + digest
    assert services["meilisearch"]["build"]["args"]["MEILI_IMAGE"] == IMAGES.arguments["MEILI_IMAGE"] + digest
    assert services["qdrant"]["image"].endswith(digest)


def test_only_the_program_is_published_and_only_to_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "app": ["127.0.0.1:8000:8000"]
    }
    assert compose.load(BIND_ADDRESS="0.0.0.0", CACHHAY_PORT="80")["services"]["app"]["ports"] == ["0.0.0.0:80:8000"]
    assert not any("expose" in service for service in SERVICES.values())


def test_the_search_server_reaches_nobody_outside() -> None:
    networks = compose.load()["networks"]
    assert networks["search"] == {"internal": True}
    assert {name: service["networks"] for name, service in SERVICES.items()} == {
        "app": ["front", "search"],
        "sync": ["search"],
        "indexer": ["search"],
        "keys": ["search"],
        "meilisearch": ["search"],
        "qdrant": ["search"],
    }


def test_telemetry_is_off() -> None:
    assert SERVICES["meilisearch"]["environment"]["MEILI_NO_ANALYTICS"] == "true"
    assert SERVICES["meilisearch"]["environment"]["MEILI_ENV"] == "production"
    assert SERVICES["qdrant"]["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"


# Secrets.


@each_service
def test_no_secret_stands_in_the_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"KEY|SECRET|PASSWORD|TOKEN", variable):
            assert variable.endswith("_FILE") and str(value).startswith("/"), variable


def test_only_who_must_sees_the_master_key() -> None:
    assert {name for name, service in SERVICES.items() if MASTER in service.get("secrets", [])} == {"keys", "meilisearch"}
    for name, service in SERVICES.items():
        if name not in ("keys", "meilisearch"):
            assert "master" not in str(service).lower()
            assert "env_file" not in service
    readers = {name for name, service in SERVICES.items() if "qdrant_api_key" in service.get("secrets", [])}
    assert readers == {"app", "sync", "indexer", "qdrant"}
    assert not any("secrets" in source for service in SERVICES.values() for source, _ in compose.mounts(service).values())


def test_each_sees_the_key_that_it_needs_and_no_other() -> None:
    seen = {
        name: {target: mount for target, mount in compose.mounts(service).items() if target.startswith("/srv/keys")}
        for name, service in SERVICES.items()
    }
    reading, writing = ("keys-search", True), ("keys-admin", True)
    assert seen == {
        "app": {"/srv/keys/search": reading},
        "sync": {"/srv/keys/admin": writing},
        "indexer": {"/srv/keys/admin": writing},
        "keys": {"/srv/keys/search": ("keys-search", False), "/srv/keys/admin": ("keys-admin", False)},
        "meilisearch": {},
        "qdrant": {},
    }
    command = SERVICES["keys"]["command"]
    written = {command[i].strip("-"): command[i + 1] for i in (1, 3)}
    assert SERVICES["app"]["environment"]["CACHHAY_MEILI_KEY_FILE"] == written["search"] == "/srv/keys/search/key"
    for name in ("sync", "indexer"):
        assert SERVICES[name]["environment"]["CACHHAY_MEILI_ADMIN_KEY_FILE"] == written["admin"] == "/srv/keys/admin/key"


def test_the_files_of_secrets_can_be_elsewhere() -> None:
    assert compose.load()["secrets"][MASTER] == {"file": "./secrets/meili_master_key"}
    assert compose.load(MEILI_MASTER_KEY_FILE="/etc/key")["secrets"][MASTER] == {"file": "/etc/key"}


# Data.


def test_papers_and_models_are_read_only_and_a_missing_folder_is_told() -> None:
    for name in ("app", "indexer"):
        assert compose.mounts(SERVICES[name])["/srv/corpus"] == ("./corpus", True)
        (papers,) = (volume for volume in SERVICES[name]["volumes"] if isinstance(volume, dict))
        assert papers["bind"] == {"create_host_path": False}
    for service in filter(of_ours, SERVICES.values()):
        assert compose.mounts(service).get("/srv/models", ("models", True)) == ("models", True)
    moved = compose.load(CACHHAY_CORPUS_DIR="/srv/papers", MODELS_DIR="/srv/nets")["services"]["app"]
    assert compose.mounts(moved)["/srv/corpus"][0] == "/srv/papers"
    assert compose.mounts(moved)["/srv/models"][0] == "/srv/nets"


def test_who_shares_the_store_runs_as_one_user() -> None:
    sharing = [service for service in SERVICES.values() if "/var/lib/cachhay" in compose.mounts(service)]
    assert len(sharing) == 3
    assert {service["user"] for service in sharing} == {"10001:10001"}
    assert {compose.mounts(service)["/var/lib/cachhay"] for service in sharing} == {("data", False)}


def test_folders_that_volumes_lie_on_are_in_the_image_with_their_owner() -> None:
    made = " ".join(step.text for step in IMAGES.stage("app").all("RUN"))
    for service in filter(of_ours, SERVICES.values()):
        for target in compose.mounts(service):
            assert re.search(rf"{target}(?![\w/])", made), target
    assert "chown 10002:10002 /meili_data" in " ".join(step.text for step in IMAGES.stage("meilisearch").all("RUN"))
    paths = {
        name: value for name, value in SERVICES["meilisearch"]["environment"].items() if name.endswith(("_PATH", "DIR"))
    }
    assert len(paths) == 4 and all(value.startswith("/meili_data/") for value in paths.values())


def test_every_volume_is_declared_and_used() -> None:
    used = {source for service in SERVICES.values() for source, _ in compose.mounts(service).values()}
    assert {name for name in used if "/" not in name} == set(compose.load()["volumes"])


# Order.


def test_nothing_keeps_the_program_from_starting() -> None:
    """It answers from its own index, so neither the server nor the keys may hold it up for good."""
    for name in ("app", "sync", "indexer"):
        assert SERVICES[name]["depends_on"] == {"keys": {"condition": "service_completed_successfully", "required": False}}
    assert SERVICES["keys"]["depends_on"] == {"meilisearch": {"condition": "service_healthy", "required": False}}


def test_profiles_keep_jobs_and_extras_out_of_up() -> None:
    assert {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service} == {
        "indexer": ["indexer"],
        "qdrant": ["qdrant"],
    }


def test_commands_exist() -> None:
    from cachhay.cli import main

    for name, service in SERVICES.items():
        if of_ours(service):
            command, *options = service["command"]
            known = {text for parameter in main.commands[command].params for text in parameter.opts}
            assert {option for option in options if option.startswith("--")} <= known, name


# Variables.


def test_every_setting_exists() -> None:
    known = {f"CACHHAY_{name.upper()}" for name in Settings.model_fields}
    named = {name for service in SERVICES.values() for name in service.get("environment", {})}
    named |= {name for step in IMAGES.stage("app").all("ENV") for name in assignments(step.text)}
    named |= set(compose.variables()) | set(compose.example())
    assert {name for name in named if name.startswith("CACHHAY_")} <= known


def test_the_example_offers_every_variable_with_its_default() -> None:
    assert compose.example() == compose.variables()


def test_the_example_explains_every_variable() -> None:
    lines = compose.EXAMPLE.read_text("utf-8").splitlines()
    for above, line in itertools.pairwise(lines):
        if re.match("#[A-Z]", line):
            assert re.match("# [^-]", above), line


def test_an_empty_environment_and_the_example_mean_the_same() -> None:
    assert compose.load() == compose.load(**compose.example())


# Compose itself, where it is.


def compose_program() -> list[str] | None:
    """`docker compose` or `docker-compose` (2 or later), None when there is neither. Needs no engine."""
    beside = Path(sys.executable).with_name("docker-compose")
    for command in (["docker", "compose"], ["docker-compose"], [str(beside)]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if done.returncode == 0 and not done.stdout.startswith("1."):
                return command
    return None


@pytest.mark.parametrize("values", [{}, {"BIND_ADDRESS": "::1", "MODELS_DIR": "./nets", "WITH_TORCH": "0"}])
def test_compose_accepts_it(values: dict[str, str], tmp_path: Path) -> None:
    command = compose_program()
    if command is None:
        pytest.skip("neither `docker compose` nor `docker-compose` is here")
    empty = tmp_path / "empty.env"
    empty.touch()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | values
    config = [*command, "-f", str(compose.FILE), "--env-file", str(empty), "--profile", "*", "config", "--quiet"]
    done = subprocess.run(config, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
