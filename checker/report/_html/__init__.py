"""The parts of the HTML page; `html_page.py` puts them together."""
