"""Reinforcement learning: environments, policies, PPO and its rollouts."""
