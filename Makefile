lock:
	$(PYTHON) -m uv pip compile
