import { blockType } from '../../shared/catalogue/blocks'
import type { Design } from '../../shared/design/schema'
import { emptyDesign } from '../../shared/network/propose'
import { sameContent } from '../../shared/same-content'

let proposed: Pick<Design, 'name' | 'network' | 'training'> = emptyDesign()

/** Remember what was proposed, to tell later whether the person has made it their own. */
export function rememberProposal(design: Pick<Design, 'name' | 'network' | 'training'>): void {
  proposed = { name: design.name, network: design.network, training: design.training }
}

/** Whether the network is nobody's work: nothing but the ends, or a proposal as it was made. */
export function isUntouched(design: Design): boolean {
  return (
    design.network.nodes.every((node) => !blockType(node.type).addable) || sameContent(design.network, proposed.network)
  )
}

/** The training settings to go on with when a new proposal comes: the proposed ones, unless the person has changed them. */
export function trainingFor(design: Design, proposal: Design): Design['training'] {
  const untouched =
    sameContent(design.training, proposed.training) || sameContent(design.training, emptyDesign().training)
  return untouched ? proposal.training : design.training
}

/** The name to go on with when a new proposal comes: the proposed one, unless the person has given it one. */
export function nameFor(design: Pick<Design, 'name'>, proposal: Pick<Design, 'name'>): string {
  const unnamed = design.name === emptyDesign().name || design.name === proposed.name
  return unnamed ? proposal.name : design.name
}
