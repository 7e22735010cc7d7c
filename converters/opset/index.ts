export { withOpset } from './with-opset.ts';
