"""Well-known acronyms of the field, so that a new installation knows them: facts, one a line.

An acronym with several usual meanings is on several lines. Those that papers use for too many things are left out.
"""

from __future__ import annotations

_LINES = """
AGI artificial general intelligence
AI artificial intelligence
ASR automatic speech recognition
BCI brain-computer interface
CNN convolutional neural network
CoT chain of thought
CV computer vision
DL deep learning
DNN deep neural network
DiT diffusion transformer
DPO direct preference optimization
ECG electrocardiogram
EEG electroencephalography
EHR electronic health record
FL federated learning
fMRI functional magnetic resonance imaging
GAN generative adversarial network
GCN graph convolutional network
GNN graph neural network
GPU graphics processing unit
GRPO group relative policy optimization
GUI graphical user interface
HCI human-computer interaction
HMM hidden Markov model
HPC high-performance computing
ICL in-context learning
IoT internet of things
KD knowledge distillation
KG knowledge graph
kNN k-nearest neighbors
KNN k-nearest neighbors
KV key-value
LiDAR light detection and ranging
LLM large language model
LM language model
LoRA low-rank adaptation
LRM large reasoning model
LSTM long short-term memory
LVLM large vision-language model
MARL multi-agent reinforcement learning
MAS multi-agent system
MCMC Markov chain Monte Carlo
MCP model context protocol
MCTS Monte Carlo tree search
MDP Markov decision process
ML machine learning
MLLM multimodal large language model
MLP multilayer perceptron
MoE mixture of experts
MPC model predictive control
MRI magnetic resonance imaging
MT machine translation
NAS neural architecture search
NER named entity recognition
NeRF neural radiance field
NLG natural language generation
NLI natural language inference
NLP natural language processing
NMT neural machine translation
OCR optical character recognition
ODE ordinary differential equation
OOD out of distribution
PCA principal component analysis
PDE partial differential equation
PEFT parameter-efficient fine-tuning
PINN physics-informed neural network
PLM pre-trained language model
POMDP partially observable Markov decision process
PPO proximal policy optimization
PRM process reward model
QA question answering
RAG retrieval-augmented generation
RL reinforcement learning
RLAIF reinforcement learning from AI feedback
RLHF reinforcement learning from human feedback
RLHF reinforcement learning with human feedback
RLVR reinforcement learning with verifiable rewards
RLVR reinforcement learning from verifiable rewards
RNN recurrent neural network
SAE sparse autoencoder
SAM segment anything model
SDE stochastic differential equation
SFT supervised fine-tuning
SGD stochastic gradient descent
SLAM simultaneous localization and mapping
SLM small language model
SSL self-supervised learning
SSL semi-supervised learning
SSM state space model
SVM support vector machine
T2I text-to-image
T2V text-to-video
I2V image-to-video
TTS text-to-speech
TTS test-time scaling
UAV unmanned aerial vehicle
VAE variational autoencoder
ViT vision transformer
VLA vision-language-action
VLM vision-language model
VLN vision-and-language navigation
VQA visual question answering
XAI explainable artificial intelligence
XAI explainable AI
"""

WELL_KNOWN: tuple[tuple[str, str], ...] = tuple(
    (short, long) for short, _, long in (line.partition(" ") for line in _LINES.strip().splitlines())
)
"""(short form, long form as people write it)."""
