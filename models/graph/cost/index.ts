export { maxRank, type ModelCost, modelCost, type NodeCost, nodeCost } from './cost.ts';
export { macsOf } from './macs.ts';
export { parametersOf, constantOperands } from './parameters.ts';
