"""Which of PyTorch's attention kernels a GPU uses; imports torch when called."""


def keep_off_cudnn() -> None:
    """Leave attention to the kernels that take any shape at once, for the rest of the process.

    On Hopper and newer PyTorch gives attention with a mask to cuDNN, which makes a plan for every
    new shape. Sampling has a new shape with each token, and batches of texts are ragged: on an H100
    a token took 50 ms so, whatever the model's size.
    """
    import torch

    torch.backends.cuda.enable_cudnn_sdp(False)
