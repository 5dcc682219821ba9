"""How sure an answer is: calibration, conformal sets, abstention, images of another kind."""
