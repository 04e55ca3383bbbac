# The collector, the explorer and every command, as one image; nothing in it belongs to root's processes.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/footfall

# Only what runs: what follows that line of the file is for tests and checks.
COPY requirements.txt ./
RUN sed '/^# What tests and checks it/,$d' requirements.txt > run.txt \
    && pip install --compile -r run.txt \
    && rm run.txt

COPY LICENSE README.md ./
COPY .streamlit/config.toml .streamlit/
COPY common common
COPY collector collector
COPY explorer explorer
RUN python -m compileall -q common collector explorer \
    && groupadd --system --gid 10001 footfall \
    && useradd --system --uid 10001 --gid footfall --home-dir /data --shell /usr/sbin/nologin footfall \
    && install -d -o footfall -g footfall -m 0700 /data /archive

USER 10001:10001
ENV FOOTFALL_DATA=/data FOOTFALL_ARCHIVE=/archive HOME=/data
VOLUME ["/data", "/archive"]
EXPOSE 8000 8501
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('FOOTFALL_COLLECTOR_PORT', '8000') + '/healthz', timeout=4)"]
CMD ["python", "-m", "collector", "serve", "--host", "0.0.0.0"]
