.PHONY: run test bench lint

run test bench lint:
	python3 dev.py $@
