// Naive ws again. The distance of its ratio from 1 is the noise of the run.
import './ws_naive.mjs';
