_base_ = './base.py'
side = 8 * 8 + 1
crop_size = (side, side)
grids = [2**place for place in range(3)]
model = dict(
    data_preprocessor=dict(size=crop_size),
    backbone=dict(strides=(1, 2, 2, 1), dilations=(1, 1, 1, 2), multi_grid=tuple(grids), norm_cfg=dict(_delete_=True, type='BN')),
    decode_head=dict(align_corners=True),
    auxiliary_head=None)
model['decode_head']['dilations'] = (1, 6, 12, 18)
