// Naive ws once more: how far its ratio is from 1 is the noise of the run.
import './ws_naive.mjs';
