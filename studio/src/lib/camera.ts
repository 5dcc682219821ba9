// The visitor's camera, and advice where there is none.

const SIZE = { width: 640, height: 480 }

/** Open the camera that was chosen, else one that looks in a direction. */
export async function camera(facing: 'user' | 'environment', chosen = ''): Promise<MediaStream> {
  const devices = navigator.mediaDevices
  if (!devices)
    throw new Error('The browser gives the camera to this computer’s own pages and to encrypted ones only: `pippin studio --https`.')
  try {
    return await devices.getUserMedia({ video: chosen ? { ...SIZE, deviceId: { exact: chosen } } : { ...SIZE, facingMode: facing } })
  } catch (problem) {
    throw new Error(sentence(problem instanceof DOMException ? problem.name : ''))
  }
}

function sentence(name: string): string {
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'The browser finds no camera; connect one and try again.'
  if (name === 'NotReadableError') return 'The camera is in use by another program; close that and try again.'
  return 'The browser did not give the camera; allow it in its settings for this page, then try again.'
}

/** All cameras; their names are known once one was allowed. */
export async function cameras(): Promise<{ id: string; name: string }[]> {
  const found = await navigator.mediaDevices.enumerateDevices()
  return found
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId)
    .map(({ deviceId, label }, at) => ({ id: deviceId, name: label || `Camera ${at + 1}` }))
}

export function close(stream: MediaStream | undefined): void {
  stream?.getTracks().forEach((track) => track.stop())
}
