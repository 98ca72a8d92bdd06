# What can be done here. Continuous integration calls these too.
.PHONY: build test bench demo format

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
