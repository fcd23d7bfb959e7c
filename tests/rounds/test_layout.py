from dataclasses import astuple

from iwsi.rounds.layout import ForecastFiles, RoundFiles, forecast_folder, log_of


def test_no_two_files_of_a_run_share_a_path():
    folders = [RoundFiles.start(), *map(RoundFiles.of, (0, 1, 10))]
    paths = [path for files in folders for path in astuple(files)]
    for folder in ("round-1", forecast_folder(1, "a"), forecast_folder(2, "a")):
        paths += astuple(ForecastFiles.of(folder))
    assert len(paths) == len(set(paths))


def test_a_rounds_files_are_in_its_folder():
    folder, *files = astuple(RoundFiles.of(3))
    assert folder == "round-3"
    assert all(path.startswith("round-3/") for path in files)


def test_a_stages_log_is_one_file_without_folders_of_its_own():
    assert log_of("round-1/train") == "logs/round-1-train.log"
