"""Files in the shapes that τ-bench writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "tool-calling-gpt-4o-0.0_range_0--1_user-gpt-4o-llm_0101.json",
        [
            {"task_id": 0, "trial": number, "reward": reward, "info": {}, "traj": []}
            for number, reward in enumerate((1.0, 0.0, 0.0, 0.0))
        ],
        {"gpt-4o": 0.25},
        1,
    ),
    Shape(
        "tau2.json",
        {
            "info": {"agent_info": {"llm": "org/m"}},
            "tasks": [],
            "simulations": [
                {"task_id": "0", "trial": 0, "reward_info": {"reward": 1.0}},
                {"task_id": "1", "trial": 0, "reward_info": None},
            ],
        },
        {"org/m": 1.0},
        2,
    ),
]
