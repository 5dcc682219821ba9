"""From a video to a mouth: frames, face mesh, mouth crops, clips."""
