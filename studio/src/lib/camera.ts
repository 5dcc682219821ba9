// The camera of whoever looks at the page; what can be done about it where there is none.

export async function camera(facing: 'user' | 'environment'): Promise<MediaStream> {
  const devices = navigator.mediaDevices
  if (!devices)
    throw new Error('The browser gives the camera to this computer’s own pages and to encrypted ones only: `pippin studio --https`.')
  try {
    return await devices.getUserMedia({ video: { width: 640, height: 480, facingMode: facing } })
  } catch {
    throw new Error('The browser did not give the camera; allow it in its settings for this page.')
  }
}

export function close(stream: MediaStream | undefined): void {
  stream?.getTracks().forEach((track) => track.stop())
}
