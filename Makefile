# What can be done here. Continuous integration calls these too.
.PHONY: build test bench demo format publish images

build:
	dotnet build Ktrdr.sln

test:
	dotnet test Ktrdr.sln

bench:
	dotnet run -c Release --project Ktrdr.Benchmarks

demo:
	dotnet run --project Ktrdr.AppHost -- demo

format:
	dotnet format Ktrdr.sln

# What is committed for other machines; a test of the full edition compares. Aspire runs the AppHost in its own folder, so paths are whole.
publish:
	KTRDR_EDITION=full dotnet build Ktrdr.AppHost -v quiet
	for target in "compose deploy/compose" "kubernetes deploy/kubernetes" "manifest aspire-manifest.json"; do \
		set -- $$target; KTRDR_EDITION=full dotnet run --no-build --project Ktrdr.AppHost -- publish $$1 --output $(CURDIR)/$$2 || exit 1; \
	done

images:
	for program in Api Worker Agents; do dotnet publish Ktrdr.$$program -c Release -t:PublishContainer || exit 1; done
