"""The API's own page: all of the document, for people, under the same policy as every page."""

from __future__ import annotations

from api.spec import document
from tests.http import World


def test_every_operation_stands_there_with_a_form_of_its_own(world: World) -> None:
    answer = world.client.get("/v1/docs")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    for path, methods in document(world.app)["paths"].items():
        for method, entry in methods.items():
            if method != "parameters":
                assert f'id="{entry["operationId"]}"' in html
                assert f'data-method="{method.upper()}" data-path="{path}"' in html


def test_it_is_in_the_readers_language_and_the_documents_words_are_marked_as_english(world: World) -> None:
    html = world.client.get("/v1/docs", headers={"Accept-Language": "ms"}).get_data(as_text=True)
    assert '<html lang="ms"' in html
    assert "Kunci atau token anda" in html
    assert '<span lang="en">Record an activity and answer with all its consequences.</span>' in html


def test_it_runs_its_own_script_alone_and_fetches_nothing_from_elsewhere(world: World) -> None:
    answer = world.client.get("/v1/docs")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    html = answer.get_data(as_text=True)
    assert html.count("<script") == 1
    assert 'src="http' not in html
