"""Gradient equations ID.vjp of functions in PyTorch, through autograd.

    gradients(step, inputs, ["grad_E", "grad_M"])    # {"grad_E": ∂ℓ/∂E, "grad_M": ∂ℓ/∂M}, ℓ = Σ ⟨grad_y, y⟩

A torch.autograd.Function within the function is asked for its own backward pass, so a hand-written one is what gets judged.
"""

import torch


def gradients(function, inputs, asked):
    """The gradients asked for, by name, exactly 0 where nothing depends on an input.

    function  function(**tensors) → {output: tensor}
    inputs    {name: tensor}: the equation's own inputs, and a cotangent grad_y for each of its outputs y
    asked     the names grad_x of what is wanted; an input that is not asked for is a constant
    """
    with torch.inference_mode(False), torch.enable_grad():
        own = {name: tensor for name, tensor in inputs.items() if not name.startswith("grad_")}
        leaves = {name: own[name.removeprefix("grad_")].detach().requires_grad_() for name in asked}
        outputs = function(**{**own, **{name.removeprefix("grad_"): leaf for name, leaf in leaves.items()}})
        reached = [name for name, output in outputs.items() if output.requires_grad]
        found = [None] * len(leaves)
        if reached and leaves:
            found = torch.autograd.grad([outputs[name] for name in reached], list(leaves.values()),
                                        [inputs[f"grad_{name}"] for name in reached], allow_unused=True)
    return {name: torch.zeros_like(leaf) if gradient is None else gradient for (name, leaf), gradient in zip(leaves.items(), found)}
