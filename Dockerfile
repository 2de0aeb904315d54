# The exporters' image: python, SOTP's wheel and the pinned requirements. No compiler, no pip of its own, no root.

FROM python:3.11.17-slim-trixie AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements.txt .
# hatchling, which builds the wheel below, is among the pinned.
RUN python -m venv --without-pip /opt/sotp \
 && pip --python /opt/sotp/bin/python install --require-hashes --only-binary :all: -r requirements.txt
COPY pyproject.toml README.md ./
COPY exporters exporters
COPY sotpctl sotpctl
COPY lab lab
COPY rules rules
COPY alertmanager alertmanager
COPY loki loki
COPY dashboards dashboards
RUN pip --python /opt/sotp/bin/python wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && pip --python /opt/sotp/bin/python install --no-deps --no-index /dist/*.whl

FROM python:3.11.17-slim-trixie
LABEL org.opencontainers.image.title="SOTP exporters" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/sotp /opt/sotp
ENV PATH=/opt/sotp/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# compose.yaml runs it as the user that owns the rendered files; whoever runs it otherwise gets nobody's rights.
USER 65534:65534
ENTRYPOINT ["sotp-exporter"]
