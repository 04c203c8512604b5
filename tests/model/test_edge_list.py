"""Edge lists as people save them: read, or every fault told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.model.councils import UnknownCouncil, load_councils, select, synthetic_councils
from sim.model.edge_list import FaultyEdgeList, number_of, read_edge_list
from sim.model.influence import influence_graph

ALL = load_councils()
SCOTLAND = select(ALL, nations=["Scotland"])


def edge_file(folder: Path, text: str) -> Path:
    path = folder / "ties.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_edge_list_by_codes_or_names(tmp_path: Path) -> None:
    path = edge_file(
        tmp_path,
        "listener,source,weight\nFife,Highland,3\nS12000047,Moray,1\nFife,Kent,4\nMoray,Fife,0\n",
    )
    graph = influence_graph(SCOTLAND, kind="edge_list", edge_list=path)
    # Kent is not in Scotland, and a weight of 0 is no tie.
    assert {
        (ALL.name[a - 1], b["weight"])
        for a, b in graph.pred[int(ALL.number[ALL.index_of("Fife")])].items()
    } == {
        ("Highland", 0.75),
        ("Moray", 0.25),
    }
    assert graph.number_of_edges() == 2
    assert influence_graph(ALL, kind="edge_list", edge_list=path).number_of_edges() == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("Fyfe,Moray,1", r"ties.csv, line 2: no council is called 'Fyfe' \(did you mean Fife"),
        ("Fife,Moray,1\nFife,E99,1", "line 3: no council is called 'E99'"),
        ("Fife,Moray,-1", "line 2: a weight must be a number of 0 or more, not '-1'"),
        ("Fife,Moray,nan", "line 2: a weight must be a number of 0 or more, not 'nan'"),
        ("Fife,Moray,inf", "line 2: a weight must be a number of 0 or more, not 'inf'"),
        ("Fife,Moray,much", "line 2: a weight must be a number of 0 or more, not 'much'"),
        ("Fife,Moray,", "line 2: a weight must be a number of 0 or more, not ''"),
        ("Fife,S12000047,1", "line 2: Fife cannot listen to itself"),
        ("Fife,Moray,1\n\nfife,Moray,2", "line 4: fife already listens to Moray in line 2"),
        ("Fife,Moray", "line 2: a line must have three entries"),
        ("Fife,Moray,1,x", "line 2: a line must have three entries"),
    ],
)
def test_faults_of_an_edge_list(tmp_path: Path, lines: str, message: str) -> None:
    path = edge_file(tmp_path, f"listener,source,weight\n{lines}\n")
    with pytest.raises(ValueError, match=message):
        influence_graph(SCOTLAND, kind="edge_list", edge_list=path)


@pytest.mark.parametrize(
    "text",
    [
        "from,to\n",
        "Fife,Moray,1\n",
        "listener,source\n",
        "listener,source,weight,note\n",
        "a;b;c\n",
    ],
)
def test_an_edge_list_needs_its_columns(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match="line 1: the columns must be listener, source and weight"):
        influence_graph(SCOTLAND, kind="edge_list", edge_list=edge_file(tmp_path, text))


def edges_of(folder: Path, data: bytes) -> dict[tuple[str, str], float]:
    """Weights as they are read from a file, by the names of listener and source."""
    path = folder / "ties.csv"
    path.write_bytes(data)
    (listener, source), weight = read_edge_list(ALL, path)
    ends = zip(listener.tolist(), source.tolist(), strict=True)
    return {
        (ALL.name[a], ALL.name[b]): value
        for (a, b), value in zip(ends, weight.tolist(), strict=True)
    }


@pytest.mark.parametrize(
    "data",
    [
        b"Listener,SOURCE, Weight\nfife, Moray ,0.5\n",
        b"\xef\xbb\xbflistener,source,weight\r\nFife,Moray,0.5\r\n",
        b"listener,source,weight\rFife,Moray,.5\r",
        b"listener;source;weight\nFife;Moray;0,5\n",
        b"sep=;\nsource;listener;weight\nMoray;Fife;5e-1\n",
        b'listener,source,weight\n"Fife\n","S12000020\r\n",0.5\n',
        b"listener,source,weight,\nFife,Moray,0.5,\n,,,\n",
        "listener\tsource\tweight\nFife\tMoray\t0.5\n".encode("utf-16"),
        "listener,source,weight\nFife,\u00a0Moray,0.5\n".encode(),
    ],
)
def test_an_edge_list_is_read_as_people_save_it(tmp_path: Path, data: bytes) -> None:
    assert edges_of(tmp_path, data) == {("Fife", "Moray"): 0.5}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ties.csv: the file is empty"),
        (b" \n\n", "ties.csv: the file is empty"),
        (bytes(range(256)) * 9, "ties.csv: this is not text; save it as UTF-8"),
        (b"PK\x03\x04more", "this is a workbook, not a CSV file; save it as UTF-8"),
        ("listener,source,weight\nFife,M\xf4ray,1\n".encode("cp1252"), "line 2: .* not UTF-8"),
        (b"listener,source,weight\nFife,Moray,1e308\n", "line 2: a weight must be 0, or from"),
        (b"listener,source,weight\nFife,Moray,1e-99\n", "line 2: a weight must be 0, or from"),
        (b'listener,source,weight\nFife,Moray,"0,5"\n', "'0,5' .did you mean 0.5"),
        (b"listener,source,weight\nFife,Moray,1_0\n", "line 2: a weight must be a number"),
        (b'listener,source,weight\nFife,Moray,1\nFife,"Mo', "line 3: the quotation marks"),
        (b"listener,source,weight\nFife," + b"x" * 140_000 + b",1", "line 2: an entry is too long"),
        (b"listener,source,weight\nFife," + b"x" * 999 + b",1", "line 2: this is too long for the"),
    ],
)
def test_an_edge_list_that_cannot_be_read(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(FaultyEdgeList, match=message):
        edges_of(tmp_path, data)


def test_all_faults_of_an_edge_list_are_told(tmp_path: Path) -> None:
    data = b"listener,source,weight\nFyfe,Moray,1\nFife,Moray,-1\nFyfe,Kent,1\nFife,Fife,1\n"
    with pytest.raises(FaultyEdgeList) as caught:
        edges_of(tmp_path, data)
    # An unknown name is told once.
    assert [problem.line for problem in caught.value.problems] == [2, 3, 5]
    many = b"listener,source,weight\n" + b"Fife,Moray,x\n" * 5000
    with pytest.raises(FaultyEdgeList) as caught:
        edges_of(tmp_path, many)
    assert len(caught.value.problems) == 100


def test_an_edge_list_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = b"listener,source,weight\nFife,Moray,1\nFife,Kent,1\n"
    monkeypatch.setattr("sim.model.edge_list.MOST_TIES", 1)
    with pytest.raises(FaultyEdgeList, match="line 3: there are too many ties"):
        edges_of(tmp_path, lines)
    monkeypatch.setattr("sim.model.edge_list.MOST_BYTES_OF_EDGES", 20)
    with pytest.raises(FaultyEdgeList, match="this file is too large: 48 bytes"):
        edges_of(tmp_path, lines)


def test_an_edge_list_may_name_councils_that_are_not_drawn(tmp_path: Path) -> None:
    path = edge_file(tmp_path, "listener,source,weight\nSynthetic 1,SYN001003,1\nFife,Moray,1\n")
    few = synthetic_councils(5).take([0, 2])
    assert len(read_edge_list(few, path)[1]) == 1
    assert len(read_edge_list(few.take([0]), path)[1]) == 0
    for name in ("Synthetic 0", "Synthetic 50001", "SYN000999", "Synthetic x"):
        with pytest.raises(UnknownCouncil):
            number_of(few, name)


@pytest.mark.parametrize(
    ("listener", "source"),
    [
        ("Dumfries & Galloway", "Perth & Kinross"),
        ("Dumfries and Galloway Council", "PERTH AND KINROSS COUNCIL"),
        ("S12000006", "S12000024"),  # the second was in force until February 2018
        ("S12000006", "S12000048"),
        ("Dumfries \uff06 Galloway", "Perth and Kinross"),
    ],
)
def test_an_edge_list_may_name_councils_in_many_ways(
    tmp_path: Path, listener: str, source: str
) -> None:
    data = f"listener,source,weight\n{listener},{source},1\n".encode()
    assert edges_of(tmp_path, data) == {("Dumfries and Galloway", "Perth and Kinross"): 1.0}


def test_two_names_of_one_council_are_one_council(tmp_path: Path) -> None:
    data = "listener,source,weight\nFife,Western Isles,1\nFife,Comhairle nan Eilean Siar,1\n"
    with pytest.raises(FaultyEdgeList, match=r"line 3: .* already listens to .* in line 2"):
        edges_of(tmp_path, data.encode())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Cardiff Council", "line 2: .*: Wales is not covered, only England and Scotland"),
        ("N09000003", "line 2: .*: Northern Ireland is not covered"),
        ("E06000058", "Bournemouth, Christchurch, Poole .the councils .* merged in 2019"),
        ("Glasgow City Region", "line 2: .* an area of 8 councils"),
        ("Pert & Kinross", "did you mean Perth and Kinross"),
    ],
)
def test_what_an_edge_list_cannot_name(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(FaultyEdgeList, match=message):
        edges_of(tmp_path, f'listener,source,weight\nFife,"{name}",1\n'.encode())
