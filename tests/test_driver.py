"""The loader: every place and every way in which a driver does not open, and what a driver may lack."""

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import faultdriver
import pytest

import taosnative
from taosnative.driver import search
from taosnative.driver._library import functions, open_driver, release_number
from taosnative.driver.search import Place, find_driver, places
from taosnative.errors import DriverNotFoundError, InterfaceError, NotSupportedError, OperationalError

ROOT = Path(__file__).parents[1]
TAOSC_PXD = ROOT / "taosnative" / "taosc.pxd"


def run(script, *arguments, environ=None, cwd=None):
    """What a script prints, in a Python of its own."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestPlaces:
    def test_a_named_driver_is_the_only_place(self):
        environ = {"TAOSNATIVE_DRIVER": "/other/libtaos.so"}
        assert list(places("/opt/libtaos.so", "taos", environ, "linux")) == [Place("/opt/libtaos.so", "driver=")]

    def test_an_embedded_dsn_comes_before_the_environment(self, monkeypatch):
        monkeypatch.setattr(search, "_embedded_library", lambda: "/site/_driver.so")
        environ = {"TAOSNATIVE_DRIVER": "/other/libtaos.so"}
        assert list(places(None, "embedded", environ, "linux")) == [Place("/site/_driver.so", "the DSN")]

    def test_a_named_driver_comes_before_an_embedded_dsn(self):
        assert list(places("/opt/libtaos.so", "embedded", {}, "linux")) == [Place("/opt/libtaos.so", "driver=")]

    def test_the_environment_comes_before_the_search(self):
        environ = {"TAOSNATIVE_DRIVER": "/other/libtaos.so"}
        assert list(places(None, "taos", environ, "linux")) == [Place("/other/libtaos.so", "TAOSNATIVE_DRIVER")]

    def test_the_environment_may_name_the_embedded_engine(self, monkeypatch):
        monkeypatch.setattr(search, "_embedded_library", lambda: "/site/_driver.so")
        found = list(places(None, "taos", {"TAOSNATIVE_DRIVER": "embedded"}, "linux"))
        assert found == [Place("/site/_driver.so", "TAOSNATIVE_DRIVER")]

    @pytest.mark.parametrize(
        ("system", "first", "last"),
        [
            ("linux", "libtaos.so", "/usr/lib64/libtaos.so.1"),
            ("darwin", str(Path("~/lib").expanduser() / "libtaos.dylib"), "/usr/local/taos/driver/libtaos.dylib"),
            ("win32", "taos.dll", "C:\\TDengine\\taos_odbc\\x64\\bin\\taos.dll"),
        ],
    )
    def test_the_search_begins_with_the_systems_and_ends_with_tdengines_folders(self, system, first, last):
        found = [place.name for place in places(None, "taos", {}, system)]
        assert (found[0], found[-1]) == (first, last)

    def test_on_macos_no_bare_name_is_opened_since_its_loader_would_look_into_the_current_directory(self):
        environ = {"DYLD_LIBRARY_PATH": "relative:/opt/lib:"}
        found = [place.name for place in places(None, "taos", environ, "darwin")]
        assert found[0] == "/opt/lib/libtaos.dylib"
        assert all(name.startswith("/") for name in found)

    def test_a_path_is_made_absolute_and_a_bare_name_is_left_to_the_loader(self):
        assert next(places("./libtaos.so", None, {}, "linux")).name == str(Path.cwd() / "libtaos.so")
        assert next(places("libtaos.so.1", None, {}, "linux")).name == "libtaos.so.1"


class TestOpening:
    def test_a_path_opens_its_driver(self, fault):
        driver = find_driver(fault.path)
        assert (driver.path, driver.version) == (fault.path, "3.3.5.8")

    def test_opening_twice_gives_the_same_by_whatever_name(self, fault, tmp_path):
        link = tmp_path / "other-name.so"
        link.symlink_to(fault.path)
        assert find_driver(fault.path) is find_driver(str(link))

    def test_two_drivers_live_side_by_side(self, fault, tmp_path):
        other = faultdriver.FaultDriver(faultdriver.build(tmp_path))
        other.reset()
        other.set_version("3.3.6.13")
        with taosnative.connect(driver=fault.path) as one, taosnative.connect(driver=other.path) as two:
            assert (one.client_info, two.client_info) == ("3.3.5.8", "3.3.6.13")
            two.execute("insert into t values (now, 1)")
            assert (fault.calls("taos_query"), other.calls("taos_query")) == (0, 1)
            assert (fault.live("connections"), other.live("connections")) == (1, 1)
        assert other.live("connections") == 0

    def test_the_embedded_engine_is_a_driver_beside_others(self, fault):
        with taosnative.connect(driver=fault.path) as one, taosnative.connect("embedded:") as two:
            two.execute("create database power")
            two.select_db("power")
            assert (one.database, two.database) == (None, "power")
            assert fault.calls("taos_query") == 0

    def test_the_environment_names_a_driver(self, fault, monkeypatch):
        monkeypatch.setenv("TAOSNATIVE_DRIVER", fault.path)
        with taosnative.connect("taos://host") as connection:
            assert fault.told("address") == "host"
            assert connection.client_info == "3.3.5.8"

    def test_a_name_that_the_loader_finds_is_enough(self, fault_library, tmp_path):
        environ = {"LD_LIBRARY_PATH": str(fault_library.parent), "DYLD_LIBRARY_PATH": str(fault_library.parent)}
        script = "import taosnative; print(taosnative.connect('taos://').closed)"
        warned = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
        assert warned.stdout == "False\n"

    def test_the_current_directory_is_never_searched(self, fault_library):
        script = """
            import taosnative
            for driver in (None, "libtaos.so"):
                try:
                    taosnative.connect(driver=driver)
                except taosnative.DriverNotFoundError as error:
                    print("not found")
        """
        environ = {"PYTHONPATH": str(ROOT)}
        assert run(script, environ=environ, cwd=fault_library.parent) == "not found\nnot found\n"


class TestNotFound:
    def test_a_path_with_nothing_there(self, tmp_path):
        path = tmp_path / "libtaos.so"
        with pytest.raises(DriverNotFoundError) as caught:
            taosnative.connect(driver=path)
        assert f"{path} (driver=): " in str(caught.value)
        assert "needs another" not in str(caught.value)

    def test_a_wrong_path_in_the_environment_is_not_passed_over(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TAOSNATIVE_DRIVER", str(tmp_path / "nothing.so"))
        with pytest.raises(DriverNotFoundError, match="TAOSNATIVE_DRIVER"):
            taosnative.connect("taos://")

    def test_a_file_that_is_no_library(self, tmp_path):
        path = tmp_path / "libtaos.so"
        path.write_bytes(b"#!/bin/sh\necho this is no library\n" * 200)
        with pytest.raises(DriverNotFoundError) as caught:
            taosnative.connect(driver=path)
        assert f"{path}: This file is no library of this system" in str(caught.value)

    def test_a_library_without_taos_connect_is_no_driver(self, tmp_path):
        path = faultdriver.build(tmp_path, "taos_connect")
        with pytest.raises(DriverNotFoundError) as caught:
            taosnative.connect(driver=path)
        assert "no driver of TDengine: it does not have taos_connect" in str(caught.value)
        assert f"{path}: Name the client's own library" in str(caught.value)

    @pytest.mark.skipif(sys.platform != "linux", reason="the loader's words are those of glibc")
    def test_a_library_that_needs_another_which_is_not_there(self, fault_library, tmp_path):
        needed = faultdriver.build(tmp_path, name="libtaosnative.so")
        source = tmp_path / "thin.c"
        source.write_text("int taos_init(void); int thin(void) { return taos_init(); }\n")
        path = tmp_path / "libtaos.so"
        command = ["cc", "-shared", "-fPIC", "-o", str(path), str(source), f"-L{tmp_path}", "-ltaosnative"]
        subprocess.run(command, check=True)
        needed.unlink()
        with pytest.raises(DriverNotFoundError) as caught:
            taosnative.connect(driver=path)
        assert f"{path}: This library is there, and needs another that is not: libtaosnative.so" in str(caught.value)

    @pytest.mark.skipif(sys.platform != "linux", reason="it is an ELF file")
    def test_a_library_for_another_processor(self, fault_library, tmp_path):
        head = bytearray(fault_library.read_bytes())
        head[18:20] = (243).to_bytes(2, "little")
        path = tmp_path / "libtaos.so"
        path.write_bytes(head)
        with pytest.raises(DriverNotFoundError, match=r"was built for riscv64, and this Python is for"):
            taosnative.connect(driver=path)

    def test_every_place_of_a_search_is_told_and_what_to_do(self):
        script = """
            import taosnative
            try:
                taosnative.connect("taos://")
            except taosnative.DriverNotFoundError as error:
                print(error)
        """
        said = run(script, environ={})
        for place in places(None, "taos", {}, sys.platform):
            assert f"{place.name} ({place.why}): " in said
        assert "Install TDengine's client" in said
        assert 'pip install "taosnative[embedded]"' in said

    def test_the_embedded_engine_without_its_packages_says_how_to_get_them(self, monkeypatch):
        find_spec = search.importlib.util.find_spec
        monkeypatch.setattr(
            search.importlib.util, "find_spec", lambda name: None if name == "duckdb" else find_spec(name)
        )
        with pytest.raises(DriverNotFoundError) as caught:
            taosnative.connect("embedded:")
        assert 'needs duckdb, which is not installed: python -m pip install "taosnative[embedded]"' in str(caught.value)

    def test_an_embedded_engine_that_cannot_be_imported_says_why(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "taosnative.embedded._driver", None)
        with pytest.raises(DriverNotFoundError, match=r"cannot be imported: import of taosnative\.embedded\._driver"):
            taosnative.connect("embedded:")

    def test_a_path_with_a_nul_is_refused(self):
        with pytest.raises(InterfaceError, match="NUL"):
            taosnative.connect(driver="/opt/lib\0taos.so")

    def test_a_relative_path_is_not_opened(self):
        with pytest.raises(OSError, match="not absolute"):
            open_driver("folder/libtaos.so")


class TestMissingFunctions:
    def test_a_driver_without_stmt2_connects_and_runs_queries(self, tmp_path):
        names = [name for name in functions() if name.startswith("taos_stmt2_")]
        library = faultdriver.FaultDriver(faultdriver.build(tmp_path, *names))
        library.reset()
        library.answer(affected=3)
        with taosnative.connect(driver=library.path) as connection:
            assert connection.execute("insert into t values (now, 1)") == 3
            with pytest.raises(NotSupportedError, match=r"taos_stmt2_\w+; TDengine 3\.3\.5\.0 and newer"):
                connection.prepare("insert into t values (?, ?)")
        assert find_driver(library.path).missing.issuperset(names)

    def test_calling_one_names_it_and_the_version_that_has_it(self, tmp_path):
        path = faultdriver.build(tmp_path, "taos_query_with_reqid")
        with taosnative.connect(driver=path) as connection, pytest.raises(NotSupportedError) as caught:
            connection.query("select 1", req_id=7)
        said = str(caught.value)
        assert said == f"the driver {path} (version 3.3.5.8) does not have taos_query_with_reqid; " + (
            "TDengine 3.0.1.7 and newer have it"
        )

    def test_a_driver_without_connection_options_never_changes_the_process_instead(self, tmp_path):
        library = faultdriver.FaultDriver(faultdriver.build(tmp_path, "taos_options_connection"))
        library.reset()
        with pytest.raises(NotSupportedError, match=r"taos_options_connection; TDengine 3\.3\.5\.0"):
            taosnative.connect(driver=library.path, timezone="Asia/Shanghai")
        assert library.calls("taos_options") == 0
        assert library.live("connections") == 0

    def test_a_function_in_the_form_of_an_older_version_is_left_alone(self, tmp_path):
        library = faultdriver.FaultDriver(faultdriver.build(tmp_path))
        library.reset()
        library.set_version("3.3.4.8")
        driver = find_driver(library.path)
        assert "taos_options_connection" not in driver.missing
        driver.start()
        assert "taos_options_connection" in driver.missing
        assert "taos_query_with_reqid" not in driver.missing

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [("3.3.5.8", (3, 3, 5, 8)), ("3.3.5.8.alpha", (3, 3, 5, 8)), ("3.3.6-beta.1", (3, 3, 6, 1)), ("unknown", None)],
    )
    def test_releases_are_compared_by_their_numbers(self, text, numbers):
        assert release_number(text) == numbers


class TestProcess:
    def test_a_configuration_is_read_before_everything_and_once(self, tmp_path):
        library = faultdriver.FaultDriver(faultdriver.build(tmp_path))
        library.reset()
        with taosnative.connect(driver=library.path, config=tmp_path):
            assert library.told("config") == str(tmp_path)
        with taosnative.connect(driver=library.path, config=f"{tmp_path}/."), taosnative.connect(driver=library.path):
            assert (library.calls("taos_options"), library.calls("taos_init")) == (1, 1)
        with pytest.raises(InterfaceError, match="comes too late: the driver has read"):
            taosnative.connect(driver=library.path, config=tmp_path.parent)

    def test_a_configuration_that_is_not_there_is_refused(self, tmp_path):
        library = faultdriver.build(tmp_path)
        with pytest.raises(InterfaceError, match="no such directory"):
            taosnative.connect(driver=library, config=tmp_path / "nothing")

    def test_a_driver_that_cannot_be_initialised_says_what_it_needs(self, tmp_path):
        library = faultdriver.FaultDriver(faultdriver.build(tmp_path))
        library.reset()
        library.fail("taos_init", 0x80FF000D, "Permission denied")
        with pytest.raises(OperationalError) as caught:
            taosnative.connect(driver=library.path)
        assert "[0x80FF000D] Permission denied" in str(caught.value)
        assert "logDir" in str(caught.value)
        assert caught.value.code == 0x80FF000D

    def test_importing_opens_no_driver(self):
        script = """
            import sys, taosnative
            print([name for name in sys.modules if name.startswith(("duckdb", "sqlglot", "taosnative.embedded"))])
        """
        assert run(script) == "[]\n"

    @pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="this system has no fork")
    def test_after_a_fork_the_child_raises_and_touches_nothing(self, fault_library):
        script = """
            import gc, os, sys, warnings
            import faultdriver, taosnative
            warnings.simplefilter("ignore", DeprecationWarning)  # of fork itself
            fault = faultdriver.FaultDriver(sys.argv[1])
            fault.reset()
            fault.answer([("v", 4, 4)])
            connection = taosnative.connect(driver=fault.path)
            result = connection.query("select v from t")
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                connect = lambda: taosnative.connect(driver=fault.path)
                calls = [lambda: connection.query("select 1"), result.rows, connect]
                for call in calls:
                    try:
                        call()
                    except taosnative.InterfaceError as error:
                        print(str(error).split(",")[0])
                print(connection.closed, result.closed)
                connection.close()
                del connection, result, calls, call
                gc.collect()
                print(fault.live("connections"), fault.live("results"))
                sys.stdout.flush()
                os._exit(0)
            os.waitpid(child, 0)
            print("parent", result.rows(), connection.execute("select 1"))
            connection.close()
        """
        environ = {"PYTHONPATH": f"{ROOT}:{ROOT}/tests"}
        said = run(script, fault_library, environ=environ).splitlines()
        assert said[0] == "this connection was opened before this process was forked off"
        assert said[1] == "this result was opened before this process was forked off"
        assert "was initialised before this process was forked off" in said[2]
        assert said[3:] == ["True True", "1 1", "parent [] 0"]


def test_the_declarations_for_cython_name_nothing_that_the_list_lacks():
    declared = set(re.findall(r"\(\*((?:taos|tmq)_\w+)\)\(", TAOSC_PXD.read_text())) - {"taos_async_fn_t"}
    assert declared == set(functions())
