"""The command line, `python -m nn DATA`: data, the trained predictor, its report, and the job that joins them."""
